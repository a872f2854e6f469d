"""Scores what a model says about the amounts of {{things}}."""

import numpy as np
from sklearn.metrics import average_precision_score, f1_score, recall_score, roc_auc_score


def measure(amounts, scores, threshold):
    """The figures that README.md asks for: how well large amounts are told, and by how much amounts are missed."""
    labels = amounts >= threshold
    decisions = scores >= threshold
    return {
        "auc": float(roc_auc_score(labels, scores)),
        "average_precision": float(average_precision_score(labels, scores)),
        "recall": float(recall_score(labels, decisions, zero_division=0)),
        "macro_f1": float(f1_score(labels, decisions, average="macro", zero_division=0)),
        "mean_error": float(np.mean(np.abs(scores - amounts))),
    }
