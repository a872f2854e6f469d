"""The model: a logistic scorecard."""

from sklearn.linear_model import LogisticRegression


def fit_model(matrix, labels, config):
    """A ridge-penalised logistic regression; both classes weigh the same."""
    model = LogisticRegression(C=config["strength"], max_iter=1000, class_weight="balanced")
    return model.fit(matrix, labels)


def positive_scores(model, matrix):
    """The probability of the class 1."""
    column = model.classes_.tolist().index(1)
    return model.predict_proba(matrix)[:, column]
