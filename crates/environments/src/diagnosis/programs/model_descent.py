"""The model: a logistic regression, fitted by gradient descent until it stops getting better."""

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split


class Descent:
    """Weights and an intercept."""

    def __init__(self, width):
        self.classes_ = np.array([0, 1])
        self.weights = np.zeros(width)
        self.intercept = 0.0

    def predict_proba(self, matrix):
        """Probabilities of both classes."""
        positive = 1 / (1 + np.exp(-(matrix @ self.weights + self.intercept)))
        return np.column_stack([1 - positive, positive])

    def step(self, matrix, labels, weights, rate, penalty):
        """One step against the gradient of the log loss, in which both classes weigh the same."""
        error = weights * (self.predict_proba(matrix)[:, 1] - labels)
        self.weights -= rate * (matrix.T @ error / len(labels) + penalty * self.weights)
        self.intercept -= rate * error.mean()


def fit_model(matrix, labels, config):
    """Stops when a part that is kept aside has not got better for a while, and keeps the best weights."""
    fit_part, stop_part = train_test_split(
        np.arange(len(labels)), test_size=0.2, stratify=labels, random_state=config["seed"]
    )
    share = labels[fit_part].mean()
    weights = np.where(labels[fit_part] == 1, 0.5 / share, 0.5 / (1 - share))
    model = Descent(matrix.shape[1])
    best, best_weights, waited = -1.0, (model.weights.copy(), model.intercept), 0
    for _ in range(config["epochs"]):
        model.step(matrix[fit_part], labels[fit_part], weights, config["rate"], config["penalty"])
        value = roc_auc_score(labels[stop_part], model.predict_proba(matrix[stop_part])[:, 1])
        if value > best:
            best, best_weights, waited = value, (model.weights.copy(), model.intercept), 0
        else:
            waited += 1
        if waited > config["patience"]:
            break
    model.weights, model.intercept = best_weights
    return model


def positive_scores(model, matrix):
    """The probability of the class 1."""
    column = model.classes_.tolist().index(1)
    return model.predict_proba(matrix)[:, column]
