"""OpenEnv's own server over an environment that does nothing: what `cargo xtask bench serve` measures beside ours."""

import socket

import uvicorn
from openenv.core.env_server import create_app
from openenv.core.env_server.interfaces import Environment
from openenv.core.env_server.types import Action, Observation, State


class Call(Action):
    """As our clients send it."""

    type: str = "call_tool"
    tool_name: str = ""
    arguments: dict = {}


class Seen(Observation):
    """As our server answers."""

    tool_name: str = ""
    result: str | None = None
    error: dict | None = None


class NoOp(Environment):
    """Counts its steps."""

    SUPPORTS_CONCURRENT_SESSIONS = True

    def __init__(self):
        super().__init__()
        self._state = State(episode_id=None, step_count=0)

    def reset(self, seed=None, episode_id=None, **options):
        self._state = State(episode_id=episode_id, step_count=0)
        return Seen(reward=0.0, done=False)

    def step(self, action, timeout_s=None, **options):
        self._state.step_count += 1
        error = {"error_type": "tool_not_found", "message": "there is no such tool"}
        return Seen(tool_name=action.tool_name, error=error, reward=0.0, done=False)

    @property
    def state(self):
        return self._state


app = create_app(NoOp, Call, Seen, env_name="no-op", max_concurrent_envs=2000)
listener = socket.create_server(("127.0.0.1", 0))
print("127.0.0.1:%d" % listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
