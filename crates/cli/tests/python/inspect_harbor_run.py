"""Plays exported tasks through inspect-harbor's own task, solver and scorer: `inspect_harbor_run.py TASKS FOLDER`.

It prints what the oracle and doing nothing earned. inspect-harbor grades in the agent's own box.
"""

import json
import pathlib
import shlex
import sys
import tempfile

from box import Box
from inspect_ai import eval as evaluate
from inspect_ai.solver import solver
from inspect_ai.util import ComposeConfig, ExecResult, SandboxEnvironment, sandbox, sandboxenv
from inspect_harbor import harbor, oracle

tasks, folder = sys.argv[1:]


@sandboxenv(name="boxed")
class Boxed(SandboxEnvironment):
    """A sandbox of Inspect's over a `Box`."""

    def __init__(self, box, workdir):
        self.box, self.workdir = box, workdir

    @classmethod
    async def sample_init(cls, task_name, config, metadata):
        box = Box(tempfile.mkdtemp(dir=folder) + "/root")
        box.make()
        # What an engine would build: the image of ours, with its work directory, and the files beside the recipe.
        context = pathlib.Path(config.services["default"].build.context)
        recipe = [line.split() for line in (context / "Dockerfile").read_text().splitlines()]
        assert [line[0] for line in recipe] == ["FROM", "COPY"] and recipe[1][1] == ".", recipe
        left_out = (context / ".dockerignore").read_text().split()
        for path in filter(pathlib.Path.is_file, context.rglob("*")):
            if path.name not in left_out:
                box.write(f"{recipe[1][2]}/{path.relative_to(context)}", path.read_bytes())
        return {"default": cls(box, recipe[1][2])}

    @classmethod
    def config_deserialize(cls, config):
        return ComposeConfig(**config)

    @classmethod
    async def sample_cleanup(cls, task_name, config, environments, interrupted):
        for environment in environments.values():
            environment.box.remove()

    async def exec(self, cmd, input=None, cwd=None, env=None, user=None, timeout=None, timeout_retry=True, concurrency=True):
        code, out, err = await self.box.run(shlex.join(cmd), cwd or self.workdir, env, timeout)
        return ExecResult(code == 0, code, out, err)

    def _at(self, file):
        return self.box.at(file if file.startswith("/") else f"{self.workdir}/{file}")

    async def write_file(self, file, contents):
        self._at(file).parent.mkdir(parents=True, exist_ok=True)
        self._at(file).write_bytes(contents.encode() if isinstance(contents, str) else contents)

    async def read_file(self, file, text=True):
        data = self._at(file).read_bytes()
        return data.decode() if text else data


@solver
def nop():
    async def solve(state, generate):
        listed = await sandbox().exec(["ls"])
        state.metadata["listed"] = listed.stdout.split()
        return state

    return solve


seen = {}
for name, agent in [("oracle", oracle()), ("nop", nop())]:
    task = harbor(path=tasks, sandbox_env_name="boxed")
    log = evaluate(task, solver=agent, model="mockllm/model", log_dir=folder, display="none")[0]
    assert log.status == "success", log.error
    sample = log.samples[0]
    assert sample.error is None, sample.error
    score = sample.scores["harbor_scorer"]
    seen[name] = {"reward": score.value, "all": (score.metadata or {}).get("reward_dict"), "files": sample.metadata.get("listed")}
print(json.dumps(seen))
