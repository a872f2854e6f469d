"""The model: a line through the logarithms of the amounts, which a few odd amounts cannot bend."""

import numpy as np
from sklearn.linear_model import HuberRegressor
from sklearn.preprocessing import StandardScaler


class Amounts:
    """A robust line and the scale of what it was fitted to."""

    def __init__(self, config):
        self.line = HuberRegressor(alpha=config["penalty"], max_iter=500)

    def fit(self, matrix, amounts):
        """Learns the scale of the logarithms and the line through them."""
        sizes = np.log1p(amounts).reshape(-1, 1)
        self.scaler = StandardScaler().fit(sizes)
        self.line.fit(matrix, self.scaler.transform(sizes).ravel())
        return self

    def predict(self, matrix):
        """Amounts, in the unit of the ones it was fitted to."""
        standard = self.line.predict(matrix).reshape(-1, 1)
        sizes = self.scaler.inverse_transform(standard).ravel()
        return np.expm1(sizes)


def fit_model(matrix, labels, config):
    """Fits the line to every amount as it is."""
    model = Amounts(config)
    return model.fit(matrix, labels)


def positive_scores(model, matrix):
    """The amount that is expected of each row."""
    return model.predict(matrix)
