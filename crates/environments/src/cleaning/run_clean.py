"""Runs clean_data of clean.py on the export in this folder and writes cleaned.csv, exactly as the grader does.

    python run_clean.py
    python run_clean.py model     (only where model.py is asked for: trains on cleaned.csv, predicts, writes predictions.csv)

The grader starts this program twice, each time in a fresh folder that holds your *.py files, the other
files of the task as you got them, and one export: once train.csv as you see it, once next week's.
"""

import importlib.util
import json
import os
import sys

import pandas as pd

FOLDER = os.path.dirname(os.path.abspath(__file__))
# What an empty number may look like; in every other column only an empty cell is missing.
MISSING_NUMBERS = ["", "NaN", "nan", "-nan", "-NaN", "NA", "<NA>", "N/A", "n/a", "#N/A", "NULL", "null", "None", "#NA"]


def read(path):
    """A table: numbers as pandas infers them, everything else as strings."""
    with open(os.path.join(FOLDER, "schema.json"), encoding="utf-8") as file:
        columns = json.load(file)["columns"]
    numbers = [column["name"] for column in columns if column["kind"] in ("number", "integer")]
    others = [column["name"] for column in columns if column["name"] not in numbers]
    missing = {name: MISSING_NUMBERS for name in numbers} | {name: [""] for name in others}
    return pd.read_csv(
        os.path.join(FOLDER, path),
        dtype={name: str for name in others},
        na_values=missing,
        keep_default_na=False,
        float_precision="round_trip",
        low_memory=False,
    )


def target():
    """The label's name."""
    with open(os.path.join(FOLDER, "schema.json"), encoding="utf-8") as file:
        return next(column["name"] for column in json.load(file)["columns"] if column["role"] == "target")


def load(name):
    """A module of the work directory; those beside it can be imported, but never shadow a library."""
    sys.path.append(FOLDER)
    spec = importlib.util.spec_from_file_location(name, os.path.join(FOLDER, name + ".py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def clean():
    """Reads, cleans, writes."""
    tables = {"train": read("train.csv")}
    before = tables["train"].shape
    cleaned = load("clean").clean_data(tables)
    if not isinstance(cleaned, pd.DataFrame):
        sys.exit(f"clean_data returned {type(cleaned).__name__}, not a DataFrame")
    cleaned.to_csv(os.path.join(FOLDER, "cleaned.csv"), index=False)
    print(f"cleaned.csv: {len(cleaned)} rows, {cleaned.shape[1]} columns (train.csv: {before[0]} rows, {before[1]})")


def model():
    """Trains on the cleaned table and predicts; without features.csv the cleaned rows themselves, without their labels."""
    train = read("cleaned.csv")
    has_features = os.path.exists(os.path.join(FOLDER, "features.csv"))
    features = read("features.csv") if has_features else train.drop(columns=target())
    own = load("model")
    predicted = pd.Series(list(own.predict(own.train_model(train), features.copy())))
    if len(predicted) != len(features):
        sys.exit(f"predict returned {len(predicted)} labels for {len(features)} rows")
    predicted.rename("prediction").to_csv(os.path.join(FOLDER, "predictions.csv"), index=False)
    print(f"predictions.csv: {len(predicted)} labels")


def main():
    """Cleans, or trains and predicts."""
    os.chdir(FOLDER)
    if sys.argv[1:] == ["model"]:
        model()
    else:
        clean()


if __name__ == "__main__":
    main()
