"""Runs clean_data of clean.py on serve.csv, as the grader does with a serving batch, and writes cleaned.csv.

    python run_serve.py

The grader puts the batch in the place of train.csv and starts run_clean.py; here the table read is exchanged instead,
so that your train.csv stays where it is.
"""

import os
import sys

sys.path.append(os.path.dirname(os.path.abspath(__file__)))

import run_clean

read = run_clean.read
run_clean.read = lambda path: read("serve.csv" if path == "train.csv" else path)
os.chdir(run_clean.FOLDER)
run_clean.clean()
