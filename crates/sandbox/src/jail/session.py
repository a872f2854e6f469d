# A live session: cells of Python that keep their state, one after another, from a socket at descriptor 3.
#
# It runs in the box, in a fork of the zygote or in an interpreter of its own, so the code in its cells can change any of
# this; whoever is at the other end believes nothing but that a packet came.
import ast
import linecache
import os
import signal
import socket
import struct
import sys
import time
import traceback
import types

CELLS = 3
BRANCH_FDS = 3
# Copies of this process that were made and not seen to end.
branches = []
ORDER_BYTES_MAX = 1 << 18
# How often, and how far apart, it looks for threads before it refuses to fork.
LOOKS = 50
LOOK_SECONDS = 0.002
# Run before the first cell if it is there: what a task wants to have at hand.
STARTUP = "/work/session_start.py"


def next_order(cells):
    """The next order but that to branch, which is obeyed here; this process ends with its supervisor."""
    while True:
        order, fds, _, _ = socket.recv_fds(cells, ORDER_BYTES_MAX, BRANCH_FDS)
        if not order:
            os._exit(0)
        if order[:1] != b"F":
            return order
        branch(cells, fds)


def settled_threads():
    """Threads of this process; one that was joined a moment ago gets the time to leave the kernel's list."""
    for _ in range(LOOKS):
        threads = len(os.listdir("/proc/self/task"))
        if threads == 1:
            break
        time.sleep(LOOK_SECONDS)
    return threads


def branch(cells, fds):
    """Forks: the copy goes on with these descriptors as its own, this process waits on as the state to come back to."""
    while branches and os.waitpid(branches[-1], os.WNOHANG)[0]:
        branches.pop()
    threads = settled_threads()
    pid = os.fork() if threads == 1 else 0
    if threads == 1 and pid == 0:
        branches.clear()
        for fd, number in zip(fds, (CELLS, 1, 2)):
            os.dup2(fd, number, inheritable=number != CELLS)
    elif pid:
        branches.append(pid)
    for fd in fds:
        os.close(fd)
    if pid or threads > 1:
        cells.send(struct.pack("<cII", b"B", pid, threads))


def run_cell(source, name, names):
    """Runs statements; the value of a last expression is shown as at an interactive prompt."""
    tree = compile(source, name, "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, name, "exec", dont_inherit=True), names)
    if last is not None:
        sys.displayhook(eval(compile(last, name, "eval", dont_inherit=True), names))


def attempt(source, name, names):
    """Runs a cell and prints what it raises; true if it raised nothing."""
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        run_cell(source, name, names)
        return True
    except BaseException as error:
        trace = error.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename != name:
            trace = trace.tb_next
        try:
            # The built-in hook does not know the lines of cells.
            traceback.print_exception(error.with_traceback(trace))
        except BaseException:
            pass
        return False


def settle():
    """After a cell: a late interrupt must not end the session, and what was printed must be out."""
    for step in (lambda: signal.signal(signal.SIGINT, signal.SIG_IGN), sys.stdout.flush, sys.stderr.flush):
        try:
            step()
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        except Exception:
            pass  # A cell may have closed its streams.


def become_interactive():
    """A namespace as an interactive interpreter has it."""
    module = types.ModuleType("__main__")
    module.__builtins__ = __builtins__
    sys.modules["__main__"] = module
    sys.argv = [""]
    sys.path[0] = ""
    for stream in (sys.stdout, sys.stderr):
        # What was printed before a cell is killed is not lost with the process.
        stream.reconfigure(line_buffering=True)
    return module.__dict__


def serve_cells(cells, order):
    """Runs cells until the supervisor is gone. `order` is the first."""
    os.chdir(os.path.dirname(STARTUP))
    names = become_interactive()
    number = 0
    if os.path.exists(STARTUP):
        with open(STARTUP) as file:
            attempt(file.read(), STARTUP, names)
    while True:
        number += 1
        own = os.getpid()
        done = attempt(order[1:].decode(), f"<cell {number}>", names)
        settle()
        if os.getpid() != own:
            os._exit(0 if done else 1)  # A fork that a cell left running at its end.
        try:
            cells.send(struct.pack("<cBI", b"D", 0 if done else 1, number))
        except OSError:
            os._exit(1)  # A cell has closed the socket: this was its own end.
        order = next_order(cells)
