"""Runs the program of this folder on `data/` and keeps what it prints in `run.log`."""

import contextlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.argv = ["src.train", "--data", "data", "--out", "out"]

with open("run.log", "w", encoding="utf-8") as log, contextlib.redirect_stdout(log):
    from src.train import main

    main()
