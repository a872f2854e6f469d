"""Fits the model of the {{things}}, checks it and writes what it says.

    python -m src.train --data data --out out
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from src.data import load_rows, read_config, unique_rows
from src.evaluate import measure
from src.features import Features
from src.model import fit_model, positive_scores


def cross_validate(rows, labels, config):
    """Scores of each row by a model that never saw its group, and the fold of each row."""
    scores = np.zeros(len(rows))
    folds = np.zeros(len(rows), dtype=int)
    splitter = StratifiedGroupKFold(n_splits=config["folds"], shuffle=True, random_state=config["seed"])
    for fold, (fit_part, check_part) in enumerate(splitter.split(rows, labels >= config["large"], rows[config["group"]])):
        features = Features(config).fit(rows.iloc[fit_part])
        model = fit_model(features.transform(rows.iloc[fit_part]), labels[fit_part], config)
        scores[check_part] = positive_scores(model, features.transform(rows.iloc[check_part]))
        folds[check_part] = fold
    return scores, folds


def write_scores(path, rows, scores, **columns):
    """One line for each row."""
    table = pd.DataFrame({"row_id": rows["row_id"], "score": scores, **columns})
    table.to_csv(path, index=False)


def main():
    """Reads, fits, checks, writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="data")
    parser.add_argument("--out", default="out")
    parser.add_argument("--config", default="config.yaml")
    options = parser.parse_args()
    config = read_config(options.config)
    train_rows = unique_rows(load_rows(Path(options.data) / "train.csv", config), config)
    holdout_rows = load_rows(Path(options.data) / "holdout.csv", config)
    labels = train_rows[config["target"]].to_numpy()

    oof_scores, folds = cross_validate(train_rows, labels, config)
    threshold = config["large"]

    # The final model is fitted on all training rows; what it is worth was measured above.
    features = Features(config).fit(train_rows)
    model = fit_model(features.transform(train_rows), labels, config)
    fitted_scores = positive_scores(model, features.transform(train_rows))
    holdout_scores = positive_scores(model, features.transform(holdout_rows))

    out = Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    write_scores(out / "oof.csv", train_rows, oof_scores, fold=folds)
    write_scores(out / "fitted.csv", train_rows, fitted_scores)
    decisions = (holdout_scores >= threshold).astype(int)
    write_scores(out / "holdout.csv", holdout_rows, holdout_scores, decision=decisions)
    figures = {
        "cross_validation": measure(labels, oof_scores, threshold),
        "holdout": measure(holdout_rows[config["target"]].to_numpy(), holdout_scores, threshold),
    }
    (out / "metrics.json").write_text(json.dumps(figures, indent=2) + "\n")
    for part, values in figures.items():
        print(part, " ".join(f"{name}={value:.4f}" for name, value in values.items()))
    print("fitted auc=%.4f" % measure(labels, fitted_scores, threshold)["auc"])


if __name__ == "__main__":
    main()
