"""A box that stands for a container where there is no container engine: a folder under namespaces of its own.

Its root is what the exported image holds: the runtime of envy as `/usr` and `/etc`, its cache in `/opt/envy`, and folders
that can be written. Run as a program, this file is the door into such a root.
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


class Box:
    """A root beneath `root`, which must not be there yet."""

    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()

    def at(self, path):
        """Where a path of the box lies on the host."""
        return self.root / str(path).lstrip("/")

    def make(self):
        for folder in ["usr", "etc", "opt/envy", "dev", "proc", "tmp", "app", "logs/agent", "logs/verifier", "logs/artifacts"]:
            self.at(folder).mkdir(parents=True, exist_ok=True)
        for link, target in [("bin", "usr/bin"), ("sbin", "usr/bin"), ("lib", "usr/lib"), ("lib64", "usr/lib64")]:
            self.at(link).symlink_to(target)

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)

    def write(self, path, data):
        self.at(path).parent.mkdir(parents=True, exist_ok=True)
        self.at(path).write_bytes(data)

    async def run(self, command, cwd=None, env=None, timeout=None):
        """Runs a shell command; (exit code, stdout, stderr)."""
        own = {name: os.environ[name] for name in ["BOX_RUNTIME", "BOX_CACHE"]}
        given = {f"SET_{name}": value for name, value in (env or {}).items()}
        process = await asyncio.create_subprocess_exec(
            sys.executable, __file__, str(self.root), command,
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={**own, **given, "BOX_CWD": cwd or "/"},
        )
        out, err = await asyncio.wait_for(process.communicate(), timeout)
        return process.returncode, out.decode(errors="replace"), err.decode(errors="replace")


if __name__ == "__main__":
    code = enter(sys.argv[1], sys.argv[2])
    sys.exit(code if code >= 0 else 128 - code)
