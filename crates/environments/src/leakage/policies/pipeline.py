"""Fits on the columns that are left, with rates out of fold, and predicts row by row."""

import json

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

CONFIG = json.loads(__CONFIG__)
TARGET = "target"
ONE_HOT_MAX = 12
FOLDS = 5
RATE_PRIOR = 12.0


def logit(p):
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return np.log(p / (1 - p))


def strongest(frame, names):
    """The numeric columns that rank the label best, each by itself."""
    label = frame[TARGET]
    area = {name: roc_auc_score(label, frame[name].fillna(frame[name].median())) for name in names}
    return sorted(names, key=lambda name: -abs(area[name] - 0.5))[: CONFIG["drop_strongest"]]


def rates(keys, label):
    overall = float(label.mean())
    grouped = label.groupby(keys).agg(["sum", "count"])
    smooth = (grouped["sum"] + RATE_PRIOR * overall) / (grouped["count"] + RATE_PRIOR)
    return smooth.to_dict(), overall


def apply(keys, table):
    known, overall = table
    return keys.map(known).fillna(overall).to_numpy(dtype=float)


class Encoder:
    def __init__(self, frame):
        self.columns = []
        dropped = set(CONFIG["drop"]) | {TARGET, "row_id"}
        names = [name for name in frame.columns if name not in dropped]
        numeric = [name for name in names if pd.api.types.is_numeric_dtype(frame[name])]
        if CONFIG["drop_strongest"]:
            gone = strongest(frame, numeric)
            names = [name for name in names if name not in gone]
        for name in names:
            if name in numeric:
                flag = bool(frame[name].isna().any())
                self.columns.append((name, "number", (float(frame[name].median()), flag)))
            elif name in CONFIG["moments"]:
                continue
            elif frame[name].nunique() <= ONE_HOT_MAX:
                self.columns.append((name, "levels", sorted(frame[name].dropna().unique())))
            else:
                self.columns.append((name, "rate", rates(frame[name], frame[TARGET])))

    def values(self, frame, training=False):
        parts = []
        for name, kind, about in self.columns:
            column = frame[name]
            if kind == "number":
                median, flag = about
                values = column.to_numpy(dtype=float)
                missing = np.isnan(values)
                parts.append(np.where(missing, median, values))
                if flag:
                    parts.append(missing.astype(float))
            elif kind == "levels":
                parts.extend((column == level).to_numpy(dtype=float) for level in about)
            elif training:
                parts.append(self.out_of_fold(column, frame[TARGET]))
            else:
                parts.append(apply(column, about))
        return np.column_stack(parts)

    def out_of_fold(self, column, label):
        fold = np.arange(len(column)) % FOLDS
        values = np.zeros(len(column))
        for number in range(FOLDS):
            table = rates(column[fold != number], label[fold != number])
            values[fold == number] = apply(column[fold == number], table)
        return values


def fit(train_df):
    frame = train_df.reset_index(drop=True)
    if CONFIG["dedupe"]:
        frame = frame.drop_duplicates(CONFIG["dedupe"]).reset_index(drop=True)
    encoder = Encoder(frame)
    values = encoder.values(frame, training=True)
    label = frame[TARGET].to_numpy()
    mean, scale = values.mean(axis=0), values.std(axis=0)
    scale[scale < 1e-12] = 1.0
    models = []
    if CONFIG["model"] in ("logistic", "blend"):
        models.append(LogisticRegression(C=1.0, max_iter=2000).fit((values - mean) / scale, label))
    if CONFIG["model"] in ("boosted", "blend"):
        boosted = HistGradientBoostingClassifier(
            max_iter=80, learning_rate=0.08, max_depth=3, min_samples_leaf=20, l2_regularization=1.0,
            early_stopping=False, random_state=0,
        )
        models.append(boosted.fit((values - mean) / scale, label))
    shift = logit(CONFIG["prevalence"]) - logit(label.mean()) if CONFIG["prevalence"] else 0.0
    return {"encoder": encoder, "mean": mean, "scale": scale, "models": models, "shift": shift}


def predict_proba(model, df):
    values = (model["encoder"].values(df) - model["mean"]) / model["scale"]
    mean = sum(each.predict_proba(values)[:, 1] for each in model["models"]) / len(model["models"])
    return 1 / (1 + np.exp(-(logit(mean) + model["shift"]))) if model["shift"] else mean
