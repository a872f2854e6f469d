"""The model: a logistic regression on as many rows of the one class as of the other."""

import numpy as np
from sklearn.linear_model import LogisticRegression


def balance(labels, seed):
    """Positions in which rows of the rarer class stand again until both are as many."""
    counts = np.bincount(labels)
    rare = np.flatnonzero(labels == counts.argmin())
    drawn = np.random.default_rng(seed).choice(rare, counts.max() - counts.min())
    return np.concatenate([np.arange(len(labels)), drawn])


def fit_model(matrix, labels, config):
    """Balances the rows it is given, and none other, and remembers how unequal they were."""
    rows = balance(labels, config["seed"])
    model = LogisticRegression(C=config["strength"], max_iter=1000)
    model.fit(matrix[rows], labels[rows])
    model.odds_ = labels.mean() / (1 - labels.mean())
    return model


def positive_scores(model, matrix):
    """The probability of the class 1 among rows as they come, not among balanced ones."""
    column = model.classes_.tolist().index(1)
    balanced = model.predict_proba(matrix)[:, column]
    return balanced * model.odds_ / (balanced * model.odds_ + 1 - balanced)
