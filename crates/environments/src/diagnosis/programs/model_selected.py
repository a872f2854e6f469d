"""The model: a logistic regression on the products of columns that tell the classes apart best."""

import numpy as np
from sklearn.feature_selection import f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import PolynomialFeatures


def products(matrix, config):
    """Every product of so many columns."""
    return PolynomialFeatures(config["degree"], include_bias=False).fit_transform(matrix)


def choose_columns(matrix, labels, config):
    """The places of the products whose means differ most between the classes."""
    strength = np.nan_to_num(f_classif(products(matrix, config), labels)[0])
    return np.argsort(-strength, kind="stable")[: config["kept"]]


class Selected:
    """A model of some products."""

    def __init__(self, model, kept, config):
        self.classes_ = model.classes_
        self.model = model
        self.kept = kept
        self.config = config

    def predict_proba(self, matrix):
        """Probabilities of both classes."""
        return self.model.predict_proba(products(matrix, self.config)[:, self.kept])


def fit_model(matrix, labels, config, kept=None):
    """Chooses among the products by the rows it is given, unless they are chosen already."""
    if kept is None:
        kept = choose_columns(matrix, labels, config)
    model = LogisticRegression(C=config["strength"], max_iter=500, class_weight="balanced")
    model.fit(products(matrix, config)[:, kept], labels)
    return Selected(model, kept, config)


def positive_scores(model, matrix):
    """The probability of the class 1."""
    column = model.classes_.tolist().index(1)
    return model.predict_proba(matrix)[:, column]
