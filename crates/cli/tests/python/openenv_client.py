"""Plays episodes through OpenEnv's own clients: `openenv_client.py URL CLEAN_PY`; CLEAN_PY solves task 0.

It prints one JSON object of what it saw. Everything that can go wrong is an exception, so that the exit code tells.
"""

import asyncio
import json
import sys

from openenv.core.generic_client import GenericEnvClient
from openenv.core.mcp_client import MCPToolClient


async def generic(url, solution):
    """A whole episode as a trainer plays it, with a mistake of each kind on the way."""
    seen = {"rewards": []}
    async with GenericEnvClient(base_url=url) as env:
        listed = await env.step({"type": "list_tools"})
        seen["tools"] = [tool["name"] for tool in listed.observation["tools"]]
        try:
            await env.step({"type": "call_tool", "tool_name": "list_files", "arguments": {}})
        except RuntimeError as error:
            seen["early"] = str(error)
        opened = await env.reset(seed=0, episode_id="mine")
        seen["prompt"] = opened.observation["prompt"]
        seen["rewards"].append(opened.reward)
        for name, arguments in [
            ("list_files", {}),
            ("no_such_tool", {}),
            ("write_file", {"path": "clean.py", "content": solution}),
        ]:
            step = await env.step({"type": "call_tool", "tool_name": name, "arguments": arguments})
            seen["rewards"].append(step.reward)
            seen[name] = step.observation["error"]
        seen["state"] = await env.state()
        last = await env.step({"type": "call_tool", "tool_name": "submit_answer", "arguments": {}})
        seen["last"] = {"reward": last.reward, "done": last.done, "observation": last.observation}
        try:
            await env.step({"type": "call_tool", "tool_name": "list_files", "arguments": {}})
        except RuntimeError as error:
            seen["late"] = str(error)
        again = await env.reset(index=0)
        seen["again"] = again.done
    return seen


async def tools(url):
    """The tool client: sessions over HTTP in the newer release, actions over the socket in the older one."""
    async with MCPToolClient(base_url=url) as env:
        await env.reset()
        listed = await env.list_tools()
        answer = await env.call_tool("list_files")
        return {"tools": [tool.name for tool in listed], "files": answer}


async def main(url, solution):
    return {"generic": await generic(url, solution), "tools": await tools(url)}


with open(sys.argv[2], encoding="utf-8") as file:
    print(json.dumps(asyncio.run(main(sys.argv[1], file.read()))))
