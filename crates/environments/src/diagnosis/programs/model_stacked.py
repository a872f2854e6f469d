"""The model: a forest and a logistic regression, and a second regression that weighs what both say."""

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict


class Stack:
    """The first models and the one that weighs them."""

    def __init__(self, first, last):
        self.classes_ = np.array([0, 1])
        self.first = first
        self.last = last

    def predict_proba(self, matrix):
        """Probabilities of both classes."""
        said = np.column_stack([model.predict_proba(matrix)[:, 1] for model in self.first])
        return self.last.predict_proba(said)


def fit_model(matrix, labels, config):
    """The weights are learned from what the first models say of rows that they were not fitted to."""
    first = [
        RandomForestClassifier(n_estimators=config["trees"], random_state=config["seed"]),
        LogisticRegression(max_iter=300),
    ]
    said = np.column_stack([
        cross_val_predict(model, matrix, labels, cv=config["parts"], method="predict_proba")[:, 1] for model in first
    ])
    fitted = [model.fit(matrix, labels) for model in first]
    return Stack(fitted, LogisticRegression().fit(said, labels))


def positive_scores(model, matrix):
    """The weighed probability of the class 1."""
    column = model.classes_.tolist().index(1)
    return model.predict_proba(matrix)[:, column]
