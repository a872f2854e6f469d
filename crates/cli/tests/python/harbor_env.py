"""A place where Harbor runs tasks without a container engine: folders under namespaces of their own.

`Boxed` is an environment of Harbor's. Its root is what the exported image holds: the runtime of envy as `/usr` and `/etc`,
its cache in `/opt/envy`, and folders that can be written. Run as a program, this file is the door into such a root.
"""

import asyncio
import ctypes
import os
import pathlib
import shutil
import signal
import sys

from_environment = os.environ.get


def enter(root, command):
    """Runs a shell command in a root of its own, as the first process of its own process namespace."""
    libc = ctypes.CDLL(None, use_errno=True)

    def must(result):
        if result != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    def mount(source, target, kind=None, flags=0):
        must(libc.mount(source.encode(), str(target).encode(), kind and kind.encode(), flags, None))

    bind = 4096 | 16384  # MS_BIND | MS_REC
    user, group = os.getuid(), os.getgid()
    os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNS | os.CLONE_NEWPID)
    pathlib.Path("/proc/self/setgroups").write_text("deny")
    # Nobody in there is root: one id is all there is, and boxes are not opened for a root without ids to give away.
    pathlib.Path("/proc/self/uid_map").write_text(f"1000 {user} 1")
    pathlib.Path("/proc/self/gid_map").write_text(f"1000 {group} 1")
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    root = pathlib.Path(root)
    runtime, cache = from_environment("BOX_RUNTIME"), from_environment("BOX_CACHE")
    mount(str(root), root, flags=bind)
    for source, target in [(f"{runtime}/usr", "usr"), (f"{runtime}/etc", "etc"), (cache, "opt/envy"), ("/dev", "dev")]:
        mount(source, root / target, flags=bind)
    mount("proc", root / "proc", "proc")
    os.chdir(root)
    must(libc.syscall(155, b".", b"."))  # pivot_root, on x86-64
    must(libc.umount2(b".", 2))  # MNT_DETACH
    os.chdir(from_environment("BOX_CWD") or "/")
    os.execve("/bin/bash", ["bash", "-c", command], {"PATH": "/usr/bin", "HOME": "/tmp", **passed()})


def passed():
    """The variables that Harbor gives a command."""
    return {name[4:]: value for name, value in os.environ.items() if name.startswith("SET_")}


if __name__ == "__main__":
    code = enter(sys.argv[1], sys.argv[2])
    sys.exit(code if code >= 0 else 128 - code)

from harbor.environments.base import BaseEnvironment, ExecResult  # noqa: E402


class Boxed(BaseEnvironment):
    """An environment whose root is a folder of the trial."""

    @staticmethod
    def type():
        return "boxed"

    def _validate_definition(self):
        assert self.task_env_config.docker_image, "the task names an image"

    @property
    def _root(self):
        return pathlib.Path(self.trial_paths.trial_dir).resolve() / f"root-{self.session_id}"

    def _at(self, path):
        return self._root / str(path).lstrip("/")

    async def start(self, force_build):
        for folder in ["usr", "etc", "opt/envy", "dev", "proc", "tmp", "app", "logs/agent", "logs/verifier", "logs/artifacts"]:
            (self._root / folder).mkdir(parents=True, exist_ok=True)
        for link, target in [("bin", "usr/bin"), ("sbin", "usr/bin"), ("lib", "usr/lib"), ("lib64", "usr/lib64")]:
            (self._root / link).symlink_to(target)
        await self._upload_environment_dir_after_start()

    async def stop(self, delete):
        shutil.rmtree(self._root, ignore_errors=True)

    async def upload_file(self, source_path, target_path):
        self._at(target_path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source_path, self._at(target_path))

    async def upload_dir(self, source_dir, target_dir):
        shutil.copytree(source_dir, self._at(target_dir), dirs_exist_ok=True, symlinks=True)

    async def download_file(self, source_path, target_path):
        pathlib.Path(target_path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._at(source_path), target_path)

    async def download_dir(self, source_dir, target_dir):
        shutil.copytree(self._at(source_dir), target_dir, dirs_exist_ok=True, symlinks=True)

    async def exec(self, command, cwd=None, env=None, timeout_sec=None, user=None):
        own = {name: os.environ[name] for name in ["BOX_RUNTIME", "BOX_CACHE"]}
        given = {f"SET_{name}": value for name, value in (self._merge_env(env) or {}).items()}
        where = {"BOX_CWD": cwd or self.task_env_config.workdir or "/"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, __file__, str(self._root), command,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**own, **given, **where},
        )
        out, err = await asyncio.wait_for(process.communicate(), timeout_sec)
        return ExecResult(stdout=out.decode(), stderr=err.decode(), return_code=process.returncode)
