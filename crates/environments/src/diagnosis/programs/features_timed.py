"""Turns {{things}} into a matrix. Everything that is learned is learned from the rows given to `fit`."""

import numpy as np
from sklearn.preprocessing import OneHotEncoder, StandardScaler


class Features:
    """Fills gaps, pulls in the tails, scales the numbers, codes the categories and the season."""

    def __init__(self, config):
        self.numbers = list(config["numbers"])
        self.categories = list(config["categories"])
        self.tail = config["tail"]

    def season(self, rows):
        """Where in the year a row's day lies, as a point on a circle, and how common the label 1 was before it."""
        angle = 2 * np.pi * rows["day"].dt.dayofyear.to_numpy() / 365.25
        return np.column_stack([np.sin(angle), np.cos(angle), 4 * rows["recent"].to_numpy() - 1])

    def fit(self, rows):
        """Learns medians, tails, scales and levels."""
        numbers = rows[self.numbers]
        self.medians = numbers.median()
        filled = numbers.fillna(self.medians)
        self.low = filled.quantile(self.tail)
        self.high = filled.quantile(1 - self.tail)
        pulled = filled.clip(self.low, self.high, axis=1)
        self.scaler = StandardScaler().fit(pulled)
        self.encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
        self.encoder.fit(rows[self.categories])
        return self

    def transform(self, rows):
        """The matrix of any rows, one line for each."""
        filled = rows[self.numbers].fillna(self.medians)
        pulled = filled.clip(self.low, self.high, axis=1)
        scaled = self.scaler.transform(pulled)
        coded = self.encoder.transform(rows[self.categories])
        return np.hstack([scaled, coded, self.season(rows)])
