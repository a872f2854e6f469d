"""At hand in the session of python_expression: train_df and test_df, pandas as pd, numpy as np."""

import json

import numpy as np
import pandas as pd


def read_frame(path):
    """A frame as pipelines get it: categories, texts and moments are strings, an empty cell is missing."""
    with open("columns.json", encoding="utf-8") as file:
        columns = json.load(file)["columns"]
    texts = {column["name"]: str for column in columns if column["kind"] in ("category", "text", "time")}
    return pd.read_csv(path, dtype=texts, na_values=[""], keep_default_na=False, float_precision="round_trip")


train_df = read_frame("train.csv")
test_df = read_frame("test.csv")
