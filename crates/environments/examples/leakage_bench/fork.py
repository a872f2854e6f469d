"""Runs Python programs in forks of one process that has the libraries loaded: cheap stand-ins for boxes, not boxes.

Reads lines "FOLDER<tab>PROGRAM<tab>SECONDS" and answers each with the exit code (124 for too long).
"""

import os
import runpy
import signal
import sys

import numpy
import pandas
import sklearn.ensemble
import sklearn.linear_model
import sklearn.metrics
import sklearn.model_selection
import sklearn.neighbors


def child(folder, program, seconds):
    signal.alarm(int(seconds))
    os.chdir(folder)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    errors = os.open("stderr.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(errors, 2)
    sys.path.insert(0, folder)
    sys.argv = [program]
    code = 1
    try:
        runpy.run_path(os.path.join(folder, program), run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else (0 if end.code is None else 1)
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
    finally:
        sys.stderr.flush()
        os._exit(code)


for line in sys.stdin:
    folder, program, seconds = line.rstrip("\n").split("\t")
    pid = os.fork()
    if pid == 0:
        child(folder, program, seconds)
    _, status = os.waitpid(pid, 0)
    print(124 if os.WIFSIGNALED(status) else os.WEXITSTATUS(status), flush=True)
