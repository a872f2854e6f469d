"""The model: a vote among like rows; how many vote is chosen by trial."""

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier


def fit_model(matrix, labels, config):
    """Each choice is tried on a part that was kept aside; the best one is fitted to all rows."""
    fit_part, keep_part = train_test_split(
        np.arange(len(labels)), test_size=0.3, stratify=labels, random_state=config["seed"]
    )
    best, voters = -1.0, 1
    for candidate in config["choices"]:
        model = KNeighborsClassifier(n_neighbors=candidate)
        model.fit(matrix[fit_part], labels[fit_part])
        value = roc_auc_score(labels[keep_part], model.predict_proba(matrix[keep_part])[:, 1])
        if value > best:
            best, voters = value, candidate
    chosen = KNeighborsClassifier(n_neighbors=voters)
    return chosen.fit(matrix, labels)


def positive_scores(model, matrix):
    """The share of votes for the class 1."""
    column = model.classes_.tolist().index(1)
    return model.predict_proba(matrix)[:, column]
