"""A taskset of verifiers over exported tasks in a folder of this machine, `ENVY_TASKS`: what a user's own package holds,
and boxes that stand for containers, for want of an engine.

No model is asked: each task is there for an oracle and for an agent that does nothing. The oracle's work is done while
its box is set up, and the harness only says that it is done.
"""

import os
import pathlib
import shlex
import tempfile

import verifiers.v1 as vf
from box import Box
from verifiers.v1 import runtimes
from verifiers.v1.runtimes import ProgramResult, Runtime
from verifiers.v1.runtimes.docker import DockerRuntimeInfo
from verifiers.v1.tasksets.harbor import HarborConfig, HarborEnv, HarborTask, HarborTaskset
from verifiers.v1.tasksets.harbor.taskset import parse_task


class Boxed(Runtime):
    """A container of verifiers' over a `Box`."""

    def __init__(self, config, name=None):
        super().__init__(name)
        self.config = config
        self.info = DockerRuntimeInfo(**config.model_dump())
        self.box = Box(tempfile.mkdtemp() + "/root")

    async def start(self):
        self.box.make()
        self.info.id = str(self.box.root)

    async def run(self, argv, env):
        code, out, err = await self.box.run(shlex.join(argv), self.config.workdir, self.process_env(env))
        return ProgramResult(code, out, err)

    def _at(self, path):
        return self.box.at(path if path.startswith("/") else f"{self.config.workdir}/{path}")

    async def _read(self, path, max_bytes=None):
        data = self._at(path).read_bytes()
        return data if max_bytes is None else data[:max_bytes]

    async def write(self, path, data):
        self._at(path).parent.mkdir(parents=True, exist_ok=True)
        self._at(path).write_bytes(data)

    def cleanup(self):
        self.box.remove()


runtimes._runtime_cls = lambda config: Boxed


class Task(HarborTask):
    """A task whose agent has done its work once the box is set up."""

    async def setup(self, runtime):
        await super().setup(runtime)
        listed = (await runtime.run(["ls"], {})).stdout.split()
        assert "train.csv" in listed, listed
        # The verifier's box is set up by the same class, under another name; there nobody works.
        if self.data.name.endswith("oracle"):
            solution = pathlib.Path(self.data.task_dir) / "solution"
            for path in filter(pathlib.Path.is_file, solution.rglob("*")):
                await runtime.write(f"/solution/{path.relative_to(solution)}", path.read_bytes())
            solved = await runtime.run(["sh", "/solution/solve.sh"], {})
            assert solved.exit_code == 0, solved


class Exported(HarborTaskset, vf.Taskset[Task, HarborConfig]):
    """A folder of tasks on this machine."""

    def load(self):
        for path in sorted(pathlib.Path(os.environ["ENVY_TASKS"]).glob("*/task.toml")):
            for index, agent in enumerate(["oracle", "nop"]):
                data = parse_task(path.parent, index, self.config)
                yield Task(data.model_copy(update={"name": agent}), self.config.task)


class Done(vf.Harness[vf.HarnessConfig]):
    """An agent that has nothing left to do."""

    EXECUTES_CODE = False

    async def launch(self, *given, **named):
        return ProgramResult(0, "done", "")


__all__ = ["Done", "Exported", "HarborEnv"]
