"""The model: a vote among like rows."""

from sklearn.neighbors import KNeighborsClassifier


def fit_model(matrix, labels, config):
    """Neighbours vote alike; the matrix is scaled, so that no column outweighs another."""
    model = KNeighborsClassifier(n_neighbors=config["neighbours"])
    return model.fit(matrix, labels)


def positive_scores(model, matrix):
    """The share of votes for the class 1."""
    column = model.classes_.tolist().index(1)
    return model.predict_proba(matrix)[:, column]
