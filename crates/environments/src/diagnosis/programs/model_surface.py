"""The model: a logistic surface, bent by products of two columns."""

from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures


def fit_model(matrix, labels, config):
    """There are nearly as many products as rows; the penalty keeps them small."""
    model = make_pipeline(
        PolynomialFeatures(config["degree"], include_bias=False),
        LogisticRegression(C=config["strength"], max_iter=200, class_weight="balanced"),
    )
    return model.fit(matrix, labels)


def positive_scores(model, matrix):
    """The probability of the class 1."""
    column = model.classes_.tolist().index(1)
    return model.predict_proba(matrix)[:, column]
