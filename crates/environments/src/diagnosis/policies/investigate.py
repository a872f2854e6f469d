"""Measures the program as it is and as it is mended, and writes the report and the test."""

import contextlib
import json
import os
import runpy
import shutil
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent
PLAN = json.loads((HOME / "plan.json").read_text())
TEST = (HOME / "test_template.py").read_text()


def measured(name, revised):
    """What the test measures of a program."""
    root = HOME / "programs" / name
    (root / "response").mkdir(parents=True)
    for folder in ["src", "data"]:
        shutil.copytree(HOME / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ["config.yaml", "run_train.py"]:
        shutil.copy(HOME / file, root / file)
    if revised:
        shutil.copytree(HOME / "response" / "revised", root, dirs_exist_ok=True)
    (root / "response" / "test_fix.py").write_text(TEST.replace("__NORM__", "{}"))
    child = os.fork()
    if child == 0:
        try:
            os.chdir(root)
            sys.argv = ["test_fix.py", "--measure"]
            with open("measured.json", "w") as out, contextlib.redirect_stdout(out):
                runpy.run_path("response/test_fix.py", run_name="__main__")
            os._exit(0)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0, f"the {name} program cannot be measured"
    return json.loads((root / "measured.json").read_text())


norm = {"buggy": measured("buggy", False), "fixed": measured("fixed", bool(PLAN["is_error"]))}
change = norm["buggy"]["reported"] - norm["fixed"]["reported"]
direction = "unchanged" if abs(change) < 0.005 else "higher" if change > 0 else "lower"
report = {**PLAN["report"], "effect": {"direction": direction, "size": abs(change)}}
(HOME / "response").mkdir(exist_ok=True)
(HOME / "response" / "report.json").write_text(json.dumps(report, indent=2))
(HOME / "response" / "test_fix.py").write_text(TEST.replace("__NORM__", repr(norm)))
