"""Runs pipeline.py as the grader does: fit(train_df), then predict_proba(model, df) frame by frame.

    python run_pipeline.py

Without plan.json it fits on train.csv and predicts test.csv once. The grader starts it in fresh folders that hold your
*.py files and the task's documents, with a plan of its own: frames of rows you never saw, whole, in small batches, in
another order, with other values in columns that are not there yet when a prediction is due, and other files on disk.
"""

import csv
import importlib.util
import json
import os
import sys
import traceback

import numpy as np
import pandas as pd

FOLDER = os.path.dirname(os.path.abspath(__file__))
# How the run ends when something is wrong before the first prediction.
NOT_IMPORTED, WITHOUT_FUNCTION, NOT_FITTED = 65, 66, 67
ALONE = {"train": "train.csv", "calls": [{"frame": "test.csv", "batch": 0}]}


def read(path, texts):
    """A frame: categories, texts and moments as strings, everything else as numbers; an empty cell is missing."""
    return pd.read_csv(
        os.path.join(FOLDER, path),
        dtype={name: str for name in texts},
        na_values=[""],
        keep_default_na=False,
        float_precision="round_trip",
    )


def load(name):
    """The module, whose neighbours can be imported but never shadow a library."""
    sys.path.append(FOLDER)
    spec = importlib.util.spec_from_file_location(name, os.path.join(FOLDER, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def probabilities(module, model, frame, batch):
    """One probability per row, from an array of shape (n,), (n, 1) or, as scikit-learn has it, (n, 2)."""
    size = batch or max(len(frame), 1)
    parts = []
    for begin in range(0, len(frame), size):
        piece = frame.iloc[begin : begin + size].reset_index(drop=True).copy()
        values = np.asarray(module.predict_proba(model, piece), dtype=float)
        if values.ndim == 2 and values.shape[1] in (1, 2):
            values = values[:, -1]
        if values.shape != (len(piece),):
            raise ValueError(f"predict_proba gave the shape {values.shape} for {len(piece)} rows")
        parts.append(values)
    return np.concatenate(parts) if parts else np.zeros(0)


def attempt(code, function, argument):
    """The function's answer; where it raises, the run ends with this exit code."""
    try:
        return function(argument)
    except Exception:
        traceback.print_exc()
        sys.exit(code)


def main():
    """Fits, predicts, writes predictions.csv."""
    os.chdir(FOLDER)
    has_plan = os.path.exists("plan.json")
    plan = ALONE
    if has_plan:
        with open("plan.json", encoding="utf-8") as file:
            plan = json.load(file)
        # What the agent's code prints is nobody's business here, however much it is.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")
    with open("columns.json", encoding="utf-8") as file:
        columns = json.load(file)["columns"]
    texts = [column["name"] for column in columns if column["kind"] in ("category", "text", "time")]
    frames = [read(call["frame"], texts) for call in plan["calls"]]
    module = attempt(NOT_IMPORTED, load, "pipeline")
    for name in ("fit", "predict_proba"):
        if not callable(getattr(module, name, None)):
            print(f"pipeline.py has no function {name}", file=sys.stderr)
            sys.exit(WITHOUT_FUNCTION)
    model = attempt(NOT_FITTED, module.fit, read(plan["train"], texts))
    with open("predictions.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["call", "row", "p"])
        for number, (call, frame) in enumerate(zip(plan["calls"], frames)):
            try:
                values = probabilities(module, model, frame, call["batch"])
            except Exception as error:
                print(f"call {number}: {type(error).__name__}: {error}", file=sys.stderr)
                if not has_plan:
                    raise
                continue
            for row, value in enumerate(values):
                writer.writerow([number, row, repr(float(value))])
    if not has_plan:
        print(f"predictions.csv: {len(frames[0])} rows of test.csv")


if __name__ == "__main__":
    main()
