"""Reads exported tasks with TRL's own spec and plays them through its environment, as its trainer does:
`trl_harbor.py FOLDER`, where the folder holds `tasks`. It prints what solving and doing nothing earned.

TRL grades in the agent's own box.
"""

import json
import os
import pathlib
import sys

from harbor.environments.factory import EnvironmentFactory
from harbor_env import Boxed
from trl.experimental.harbor import HarborEnv, HarborSpec


def without_engine(config, environment_dir, environment_name, session_id, trial_paths, task_env_config, **more):
    """What TRL asks Harbor for by a name; there is no name for an environment of one's own."""
    return Boxed(
        environment_dir=environment_dir, environment_name=environment_name, session_id=session_id,
        trial_paths=trial_paths, task_env_config=task_env_config,
    )


EnvironmentFactory.create_environment_from_config = staticmethod(without_engine)


class Shell(HarborEnv):
    """An agent of our own: the built-in one tells the model to answer elsewhere."""

    def bash(self, command: str) -> str:
        """
        Runs a command.

        Args:
            command: The command.

        Returns:
            What it printed.
        """
        return self._exec(command)


spec = HarborSpec(sys.argv[1], agent=Shell)
row = spec.train_dataset[0]
seen = {"rows": len(spec.train_dataset), "rewards": {}}
for agent in ["oracle", "nop"]:
    environment = spec.environment_factory()
    instruction = environment.reset(**row)
    assert "/app" in instruction, instruction
    if agent == "oracle":
        environment._run(environment._env.upload_dir(pathlib.Path(row["task_dir"]) / "solution", "/solution"))
        environment.bash("sh /solution/solve.sh")
    seen["files"] = environment.bash("ls").split()
    seen["rewards"][agent] = spec.reward_funcs(environments=[environment])[0]
    if agent == "nop":
        # What an agent left running is gone once the grading has begun.
        grade = "sleep 600 & sh /tests/test.sh > /dev/null 2>&1; kill -0 $! 2> /dev/null && echo there || echo gone"
        seen["left running"] = environment.bash(grade).strip()
    environment._run(environment._stop())
print(json.dumps(seen), flush=True)
# Each environment has a thread that never ends, and waits for it when the interpreter does.
os._exit(0)
