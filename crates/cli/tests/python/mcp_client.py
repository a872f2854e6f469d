"""Plays episodes through the official MCP client: `mcp_client.py stdio COMMAND...` or `mcp_client.py http URL TOKEN`.

It prints one JSON object of what it saw. Everything that can go wrong is an exception, so that the exit code tells.
"""

import asyncio
import json
import sys

import httpx2 as httpx
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client


def text(result):
    return "".join(block.text for block in result.content)


def flag(value, *names):
    """A field by either of its spellings: the client renamed its fields between majors."""
    return next(getattr(value, name) for name in names if hasattr(value, name))


async def meet(session):
    """What an agent reads before it acts."""
    await session.initialize()
    tools = (await session.list_tools()).tools
    schemas = {tool.name: flag(tool, "input_schema", "inputSchema") for tool in tools}
    prompt = await session.get_prompt("task")
    resource = await session.read_resource("envy://task")
    assert resource.contents[0].text == prompt.messages[0].content.text
    return {"tools": schemas, "prompt": prompt.messages[0].content.text}


async def play(session, mark):
    """Writes a file, runs a slow program with progress, makes mistakes, and submits."""
    seen = await meet(session)
    ticks = []

    async def on_progress(progress, total, message):
        ticks.append(progress)

    written = await session.call_tool("write_file", {"path": "mark.txt", "content": mark})
    assert not flag(written, "is_error", "isError"), text(written)
    await session.call_tool("write_file", {"path": "slow.py", "content": "import time; time.sleep(3); print('done')"})
    slow = await session.call_tool("run_python", {"script_path": "slow.py"}, progress_callback=on_progress)
    seen["slow"] = text(slow)
    wrong = await session.call_tool("read_file", {"path": 7})
    seen["wrong"] = flag(wrong, "is_error", "isError")
    back = await session.call_tool("read_file", {"path": "mark.txt"})
    seen["mark"] = text(back)
    seen["progress"] = ticks
    return seen


async def over_stdio(command):
    parameters = StdioServerParameters(command=command[0], args=command[1:], env=dict(__import__("os").environ))
    async with stdio_client(parameters, errlog=sys.stderr) as (read, write):
        async with ClientSession(read, write) as session:
            return await play(session, "over stdio")


async def over_http(url, token, mark):
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(headers=headers, timeout=60) as client:
        async with streamable_http_client(url, http_client=client) as streams:
            async with ClientSession(streams[0], streams[1]) as session:
                return await play(session, mark)


async def main(arguments):
    if arguments[0] == "stdio":
        return await over_stdio(arguments[1:])
    _, url, token = arguments
    # Two sessions at once: neither may see the other's files.
    return await asyncio.gather(over_http(url, token, "first"), over_http(url, token, "second"))


print(json.dumps(asyncio.run(main(sys.argv[1:]))))
