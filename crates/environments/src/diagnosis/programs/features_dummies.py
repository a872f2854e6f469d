"""Turns {{things}} into a matrix. Everything that is learned is learned from the rows given to `fit`."""

import numpy as np
import pandas as pd
from sklearn.preprocessing import StandardScaler


class Features:
    """Fills gaps, pulls in the tails, scales the numbers; each level that is known has a column."""

    def __init__(self, config):
        self.numbers = list(config["numbers"])
        self.categories = list(config["categories"])
        self.tail = config["tail"]

    def fit(self, rows):
        """Learns medians, tails, scales and levels."""
        numbers = rows[self.numbers]
        self.medians = numbers.median()
        filled = numbers.fillna(self.medians)
        self.low = filled.quantile(self.tail)
        self.high = filled.quantile(1 - self.tail)
        pulled = filled.clip(self.low, self.high, axis=1)
        self.scaler = StandardScaler().fit(pulled)
        self.columns = pd.get_dummies(rows[self.categories]).columns
        return self

    def transform(self, rows):
        """The matrix of any rows, one line for each."""
        filled = rows[self.numbers].fillna(self.medians)
        pulled = filled.clip(self.low, self.high, axis=1)
        scaled = self.scaler.transform(pulled)
        coded = pd.get_dummies(rows[self.categories]).reindex(columns=self.columns, fill_value=0)
        return np.hstack([scaled, coded.to_numpy(dtype=float)])
