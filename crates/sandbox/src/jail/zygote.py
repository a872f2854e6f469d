# The zygote: an interpreter that has imported what agents import, and forks itself into boxes.
#
# It runs in the jail beside the boxes, sees the runtime and nothing else, and never runs a line of anybody's code; its
# children do, after they have moved into a box and given up everything. It keeps to one thread, since a fork of a
# process with more would hang. Before this text stand the numbers of the system calls, the names to import, and what a
# child needs for a live session.
import ctypes
import gc
import os
import resource
import select
import signal
import socket
import struct
import sys

CONTROL = 3
FDS = 12
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 1, 4, 24, 38, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
SETUP_FAILED = 125

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


FILTERS = [bytes.fromhex(text) for text in sys.argv[1:]]


def must(answer, step):
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), step)


def call(number, *arguments):
    return libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) if isinstance(a, int) else a for a in arguments])


def limit(name, soft, hard=None):
    resource.setrlimit(getattr(resource, "RLIMIT_" + name), (soft, soft if hard is None else hard))


def confine(fds, limits):
    """From a fork of the zygote to a process of the box, in the one order in which it works; gives its source of orders."""
    *namespaces, _, rules, stdout, stderr, cells, reply = fds
    # 1. In: the pid namespace was set before the fork, the others are entered by the child itself, the user namespace
    #    first, which gives it the right to enter the rest.
    for namespace in namespaces:
        must(libc.setns(namespace, 0), "enter the box")
    os.setresgid(1000, 1000, 1000)
    os.setresuid(1000, 1000, 1000)
    # 2. A change of ids clears the death signal; without the zygote nobody would notice this process's end.
    must(libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0), "follow the zygote")
    # 3. Not a step further before the supervisor has put this process into the box's cgroup.
    if os.read(reply, 1) != b"G":
        os._exit(SETUP_FAILED)
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    os.setsid()
    # 4. If memory runs out, programs go first. The change of ids made this process undumpable, as its files are then
    #    not its own.
    must(libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "own our /proc entries")
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("1000")
    # 5. Limits, as every program of a box has them.
    with open("/proc/self/statm") as file:
        mapped = int(file.read().split()[0]) * resource.getpagesize()
    for name, value in limits.items():
        # What was mapped by the imports is not the program's own.
        limit(name, value + mapped if name == "AS" else value)
    # 6. No way back: no new privileges, Landlock, no capability in any set.
    must(libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "set no_new_privs")
    must(call(RESTRICT_SELF, rules, 0), "restrict by Landlock")
    must(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "drop ambient capabilities")
    for capability in range(64):
        if libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break
    header = struct.pack("<Ii", 0x20080522, 0)
    must(call(CAPSET, ctypes.c_char_p(header), ctypes.c_char_p(bytes(24))), "drop capabilities")
    # 7. Only 0, 1 and 2 go on and the socket for orders: not the one for replies above all, by which an end could be
    #    forged.
    os.dup2(cells, CELLS, inheritable=False)
    os.closerange(CELLS + 1, 1 << 16)
    # 8. The filters last, since they refuse some of what stands above. The long one is the zygote's own.
    for filter in FILTERS:
        program = Program(len(filter) // 8, filter)
        must(call(SECCOMP, 1, 0, ctypes.byref(program)), "install a filter")
    return socket.socket(fileno=CELLS)


def fork_into_box(fds):
    """Forks a child into the box; true in the child."""
    if len(os.listdir("/proc/self/task")) != 1:
        raise RuntimeError("the zygote has more than one thread")
    must(libc.setns(fds[-6], 0), "aim at the box")
    pid = None
    try:
        pid = os.fork()
    finally:
        # By the fork's answer, not by number: the child's is one of the box's and may be any.
        if pid != 0:
            must(libc.setns(own_namespace, 0), "come back from the box")
    if pid == 0:
        return True
    handle = os.pidfd_open(pid)
    with socket.socket(fileno=os.dup(fds[-1])) as reply:
        socket.send_fds(reply, [b"S"], [handle])
    os.close(handle)
    running[pid] = fds[-1]
    for fd in fds[:-1]:
        os.close(fd)
    return False


def reap():
    while running:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        reply = running.pop(pid, None)
        if reply is not None:
            code = os.waitstatus_to_exitcode(status)
            cpu_us = int((usage.ru_utime + usage.ru_stime) * 1e6)
            try:
                os.write(reply, struct.pack("<iQ", code, cpu_us))
            except OSError:
                pass  # The supervisor has given the box up.
            os.close(reply)


def serve():
    """Serves requests; comes back only in a child, confined, with its source of orders."""
    control = socket.socket(fileno=CONTROL)
    poller = select.poll()
    poller.register(CONTROL, select.POLLIN)
    poller.register(woken, select.POLLIN)
    os.write(CONTROL, b"R")
    while True:
        ready = {fd for fd, _ in poller.poll()}
        if woken in ready:
            os.read(woken, 4096)
        reap()
        if CONTROL not in ready:
            continue
        data, fds, _, _ = socket.recv_fds(control, 1 << 18, FDS)
        if not data:
            os._exit(0)
        try:
            if len(fds) != FDS:
                raise RuntimeError("a request without its descriptors")
            fields = data.decode().split("\0")
            limits = {name: int(value) for name, value in zip(fields[::2], fields[1::2])}
            if not fork_into_box(fds):
                continue
        except Exception as error:
            # Still the zygote: its child has left already, without an exception.
            os.write(fds[-1], b"F" + repr(error).encode()[:500])
            for fd in fds:
                os.close(fd)
            continue
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            control.detach()
            cells = confine(fds, limits)
            cells.send(b"R")
            return cells
        except BaseException as error:
            fail(fds[-3], error)


def fail(stderr, error):
    os.write(stderr, f"box: {error}\n".encode())
    os._exit(SETUP_FAILED)


def accept(order):
    """The last steps before a script: what could not be known before it was ordered."""
    cwd, cpu_s, options, *argv = order[1:].decode().split("\0")
    try:
        os.close(CELLS)
        limit("CPU", int(cpu_s), int(cpu_s) + 1)
        os.chdir(cwd)
    except OSError as error:
        fail(2, error)
    if "u" in options:
        sys.stdout.reconfigure(write_through=True)
    return options, argv


def become_main(options, argv):
    """Runs a script or `-c` text as a fresh interpreter would; the caller's frame is the only one of ours above it."""
    first, *rest = argv
    module = types.ModuleType("__main__")
    module.__builtins__ = __builtins__
    if first == "-c":
        source, name = rest.pop(0), "<string>"
        folder = ""
    else:
        name = module.__file__ = os.path.join(os.getcwd(), first)
        try:
            with open(name, "rb") as file:
                source = file.read()
        except OSError as error:
            reason = f"[Errno {error.errno}] {error.strerror}"
            print(f"python3: can't open file {name!r}: {reason}", file=sys.stderr)
            raise SystemExit(2) from None
        folder = os.path.dirname(os.path.realpath(first))
    # An isolated interpreter finds nothing beside the script.
    sys.path[:1] = [] if "I" in options else [folder]
    sys.argv = [first, *rest]
    sys.modules["__main__"] = module
    return compile(source, name, "exec", dont_inherit=True), module.__dict__


def exercise():
    """Runs one tiny job, so that what libraries load and cache on first use is shared by all children."""
    if not {"pandas", "sklearn.ensemble", "sklearn.pipeline"} <= sys.modules.keys():
        return
    import io

    import numpy
    import pandas
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    frame = pandas.DataFrame({"a": numpy.arange(40) % 7, "b": numpy.linspace(0, 1, 40), "k": ["x", "y"] * 20})
    frame = pandas.read_csv(io.StringIO(frame.to_csv(index=False)))
    frame.groupby("k").b.mean(), frame.merge(frame, on="k"), frame.describe(), repr(frame.head())
    for model in (LogisticRegression(), RandomForestClassifier(2)):
        pipeline = make_pipeline(SimpleImputer(), StandardScaler(), model)
        cross_val_score(pipeline, frame[["a", "b"]], frame.k == "x", cv=2)


HUGE_PAGE = 2 << 20
MADV_COLLAPSE = 25


def settle_heap():
    """Puts what the imports have left in memory on huge pages, as far as the kernel knows how.

    A fork copies the table of pages and its end takes it apart again: with huge pages both are several times shorter.
    """
    with open("/proc/self/maps") as file:
        areas = [line.split() for line in file]
    for span, mode, _, _, inode, *name in areas:
        if mode != "rw-p" or inode != "0" or name and name[0] != "[heap]":
            continue
        start, end = (int(part, 16) for part in span.split("-"))
        for address in range(-(-start // HUGE_PAGE) * HUGE_PAGE, end - HUGE_PAGE + 1, HUGE_PAGE):
            # One that cannot be, since nothing lies there or no huge page is free, stays as it is.
            libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(HUGE_PAGE), MADV_COLLAPSE)


def leave(status):
    """Ends as an interpreter does, but for taking the shared heap apart: that would copy all of it."""
    import atexit
    import threading

    if status is None:
        status = 0
    elif not isinstance(status, int):
        print(status, file=sys.stderr)
        status = 1
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException:
        status = status or 120
    os._exit(status & 0xFF)


for name in PRELOAD:
    try:
        __import__(name)
    except ImportError:
        pass  # The runtime has no such package: neither have its boxes.
try:
    exercise()
except Exception:
    pass  # What cannot be exercised is done by each child for itself.
if len(os.listdir("/proc/self/task")) != 1:
    os._exit(SETUP_FAILED)
ours = sys.modules["__main__"]
own_namespace = os.open("/proc/self/ns/pid", os.O_RDONLY)
running = {}
woken, wake = os.pipe()
os.set_blocking(woken, False)
os.set_blocking(wake, False)
signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
signal.signal(signal.SIGCHLD, lambda *_: None)
gc.collect()
gc.freeze()
settle_heap()
cells = serve()
order = next_order(cells)
if "numpy" in sys.modules:
    # A fork inherits the generator's state; a fresh interpreter draws its own.
    sys.modules["numpy"].random.seed(int.from_bytes(os.urandom(4), "little"))
if order[:1] == b"C":
    serve_cells(cells, order)
cells.detach()
status = 0
try:
    code, names = become_main(*accept(order))
    exec(code, names)
except SystemExit as leaving:
    status = leaving.code
except BaseException as error:
    # Ours is the first frame, and all of them if the text did not compile; a user must see the others alone.
    trace = error.__traceback__.tb_next
    if "names" not in globals():
        trace = None
    sys.excepthook(type(error), error.with_traceback(trace), trace)
    status = 130 if isinstance(error, KeyboardInterrupt) else 1
leave(status)
