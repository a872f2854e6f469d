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
    """The rows of a file: categories in one spelling, sentinels taken for what they are, days as days."""
    rows = pd.read_csv(path)
    for name in config["categories"]:
        rows[name] = tidy(rows[name])
    numbers = config["numbers"]
    rows[numbers] = rows[numbers].replace(config["sentinel"], float("nan"))
    rows["day"] = pd.to_datetime(rows["day"], format="%d/%m/%Y")
    return rows


def unique_rows(rows, config):
    """A {{thing}} that was sent twice counts once."""
    known = config["numbers"] + config["categories"]
    return rows.drop_duplicates(subset=known).reset_index(drop=True)


def with_recent(rows, config):
    """Rows by day, each with the share of the label 1 lately: among those before it, of which it is none."""
    ordered = rows.sort_values("day", kind="stable").reset_index(drop=True)
    ordered["recent"] = ordered[config["target"]].shift(1).rolling(config["window"], min_periods=1).mean().fillna(0.5)
    return ordered
