"""Scores what a model says about {{things}}."""

import numpy as np
from sklearn.metrics import average_precision_score, f1_score, recall_score, roc_auc_score


def choose_threshold(labels, scores):
    """The cut with the best F1 on scores that no model was fitted to."""
    positive = np.asarray(labels) == 1
    best, chosen = -1.0, 0.5
    for percent in range(1, 100):
        cut = percent / 100
        decided = scores >= cut
        value = 2 * np.sum(decided & positive) / max(np.sum(decided) + np.sum(positive), 1)
        if value > best:
            best, chosen = value, cut
    return chosen


def measure(labels, scores, threshold):
    """The figures that README.md asks for."""
    decisions = scores >= threshold
    return {
        "auc": float(roc_auc_score(labels, scores)),
        "average_precision": float(average_precision_score(labels, scores)),
        "recall": float(recall_score(labels, decisions, zero_division=0)),
        "macro_f1": float(f1_score(labels, decisions, average="macro", zero_division=0)),
    }
