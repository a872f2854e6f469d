"""Runs clean_data of clean.py on the tables in this folder and writes cleaned.csv, exactly as the grader does.

    python run_clean.py
    python run_clean.py units     (also writes units_clean.csv: what the model reads of cleaned.csv)
    python run_clean.py model     (only where model.py is asked for: trains on the units, predicts, writes predictions.csv)

The grader starts this program twice, each time in a fresh folder that holds your *.py files, the other
files of the task as you got them, and one export with its units: once as you see them, once of a second draw.
"""

import importlib.util
import json
import math
import os
import sys

import pandas as pd

FOLDER = os.path.dirname(os.path.abspath(__file__))
LABEL = "y"
# What an empty number may look like; in every other column only an empty cell is missing.
MISSING_NUMBERS = ["", "NaN", "nan", "-nan", "-NaN", "NA", "<NA>", "N/A", "n/a", "#N/A", "NULL", "null", "None", "#NA"]


def document(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return json.load(file)


def read(path, schema="schema.json"):
    """A table: numbers as pandas infers them, everything else as strings."""
    columns = document(schema)["columns"]
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


def units_table():
    """The units with their labels, as strings."""
    return pd.read_csv(os.path.join(FOLDER, "windows.csv"), dtype=str, keep_default_na=False)


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
    tables = {"train": read("train.csv"), "windows": units_table()}
    before = tables["train"].shape
    cleaned = load("clean").clean_data(tables)
    if not isinstance(cleaned, pd.DataFrame):
        sys.exit(f"clean_data returned {type(cleaned).__name__}, not a DataFrame")
    cleaned.to_csv(os.path.join(FOLDER, "cleaned.csv"), index=False)
    print(f"cleaned.csv: {len(cleaned)} rows, {cleaned.shape[1]} columns (train.csv: {before[0]} rows, {before[1]})")


def summary(kind, seconds, values):
    """One number of a window, from its readings in the order of time."""
    if not values:
        return math.nan
    mean = sum(values) / len(values)
    if kind == "mean":
        found = mean
    elif kind == "range":
        found = max(values) - min(values)
    elif kind == "total":
        found = values[-1] - values[0]
    else:
        angles = [math.tau * second / 86400 for second in seconds]
        along = sum((x - mean) * math.cos(a) for a, x in zip(angles, values))
        across = sum((x - mean) * math.sin(a) for a, x in zip(angles, values))
        found = 24 * (math.atan2(across, along) / math.tau % 1)
    return round(found, 4)


def units():
    """What the model reads of cleaned.csv: one line for each window with a reading."""
    shape, frame = document("shape.json"), read("cleaned.csv")
    moments = pd.to_datetime(frame[shape["time"]], format="%Y-%m-%d %H:%M:%S", errors="coerce")
    frame = frame.assign(_moment=moments, _day=moments.dt.strftime("%Y-%m-%d"))
    frame = frame[moments.notna()].sort_values("_moment", kind="stable")
    groups = dict(tuple(frame.groupby([shape["device"], "_day"])))
    lines = []
    for device, day, label in units_table().itertuples(index=False):
        window = groups.get((device, day))
        if window is None:
            continue
        seconds = (window["_moment"] - window["_moment"].dt.normalize()).dt.total_seconds()
        line = {}
        for feature in shape["features"]:
            values = pd.to_numeric(window[feature["column"]], errors="coerce")
            there = values.notna()
            line[feature["name"]] = summary(feature["summary"], list(seconds[there]), list(values[there]))
        lines.append(line | {LABEL: label})
    return pd.DataFrame(lines, columns=[column["name"] for column in document("units_schema.json")["columns"]])


def model():
    """Trains on the units and predicts; without features.csv the units themselves, without their labels."""
    has_features = os.path.exists(os.path.join(FOLDER, "features.csv"))
    if not has_features:
        units().to_csv(os.path.join(FOLDER, "units_clean.csv"), index=False)
    train = read("units_clean.csv", "units_schema.json")
    features = read("features.csv", "units_schema.json") if has_features else train.drop(columns=LABEL)
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
        return
    clean()
    if sys.argv[1:] == ["units"]:
        found = units()
        found.to_csv(os.path.join(FOLDER, "units_clean.csv"), index=False)
        print(f"units_clean.csv: {len(found)} windows")


if __name__ == "__main__":
    main()
