"""Runs clean_data of clean.py on the export in this folder and writes cleaned.csv, exactly as the grader does.

    python run_clean.py

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


def read_tables():
    """The export as clean_data gets it: {"train": DataFrame}."""
    with open(os.path.join(FOLDER, "schema.json"), encoding="utf-8") as file:
        columns = json.load(file)["columns"]
    numbers = [column["name"] for column in columns if column["kind"] in ("number", "integer")]
    others = [column["name"] for column in columns if column["name"] not in numbers]
    missing = {name: MISSING_NUMBERS for name in numbers} | {name: [""] for name in others}
    frame = pd.read_csv(
        os.path.join(FOLDER, "train.csv"),
        dtype={name: str for name in others},
        na_values=missing,
        keep_default_na=False,
        float_precision="round_trip",
        low_memory=False,
    )
    return {"train": frame}


def load_clean_data():
    """clean_data of clean.py; the modules beside it can be imported, but never shadow a library."""
    sys.path.append(FOLDER)
    spec = importlib.util.spec_from_file_location("clean", os.path.join(FOLDER, "clean.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules["clean"] = module
    spec.loader.exec_module(module)
    return module.clean_data


def main():
    """Reads, cleans, writes."""
    os.chdir(FOLDER)
    tables = read_tables()
    before = tables["train"].shape
    cleaned = load_clean_data()(tables)
    if not isinstance(cleaned, pd.DataFrame):
        sys.exit(f"clean_data returned {type(cleaned).__name__}, not a DataFrame")
    cleaned.to_csv(os.path.join(FOLDER, "cleaned.csv"), index=False)
    print(f"cleaned.csv: {len(cleaned)} rows, {cleaned.shape[1]} columns (train.csv: {before[0]} rows, {before[1]})")


if __name__ == "__main__":
    main()
