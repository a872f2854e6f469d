"""Reads the {{things}} and the settings."""

import json
from pathlib import Path

import pandas as pd


def read_config(path):
    """One setting on each line: a name, a colon, a JSON value."""
    config = {}
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, value = line.partition(": ")
            config[name] = json.loads(value)
    return config


def tidy(column):
    """Sources spell a level with other capitals and spaces; it is the same level."""
    return column.astype(str).str.strip().str.lower()


def load_rows(path, config):
    """The rows of a file, with each category in one spelling and sentinels taken for what they are."""
    rows = pd.read_csv(path)
    for name in config["categories"]:
        rows[name] = tidy(rows[name])
    numbers = config["numbers"]
    rows[numbers] = rows[numbers].replace(config["sentinel"], float("nan"))
    return rows


def unique_rows(rows, config):
    """A {{thing}} that was sent twice counts once."""
    known = config["numbers"] + config["categories"]
    return rows.drop_duplicates(subset=known).reset_index(drop=True)
