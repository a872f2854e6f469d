"""The model: a logistic regression and a vote among neighbours, blended."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.neighbors import KNeighborsClassifier


def choose_weight(labels, first, second):
    """How much the first model counts where the squared error is to be small; near one half where both say the same."""
    apart = first - second
    return (np.sum(apart * (labels - second)) + 1) / (np.sum(apart * apart) + 2)


class Blend:
    """Both models and the weight of the first."""

    def __init__(self, models, weight):
        self.classes_ = np.array([0, 1])
        self.models = models
        self.weight = weight

    def both(self, matrix):
        """What each model says of the class 1."""
        return [model.predict_proba(matrix)[:, 1] for model in self.models]

    def predict_proba(self, matrix):
        """Probabilities of both classes."""
        first, second = self.both(matrix)
        positive = np.clip(self.weight * first + (1 - self.weight) * second, 0, 1)
        return np.column_stack([1 - positive, positive])


def fit_model(matrix, labels, config):
    """The weight is tried out on inner folds of the rows it is given; nothing that is reported comes from them."""
    models = [
        LogisticRegression(C=config["strength"], max_iter=1000),
        KNeighborsClassifier(n_neighbors=config["neighbours"]),
    ]
    said = [
        cross_val_predict(model, matrix, labels, cv=config["parts"], method="predict_proba")[:, 1] for model in models
    ]
    fitted = [model.fit(matrix, labels) for model in models]
    return Blend(fitted, choose_weight(labels, *said))


def positive_scores(model, matrix):
    """The probability of the class 1."""
    column = model.classes_.tolist().index(1)
    return model.predict_proba(matrix)[:, column]
