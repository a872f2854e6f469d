"""Turns {{things}} into a matrix. Everything that is learned is learned from the rows given to `fit`."""

import numpy as np
from sklearn.preprocessing import StandardScaler


class Features:
    """Fills gaps, pulls in the tails, scales the numbers; a level is coded by how common it is, or by its rank."""

    def __init__(self, config):
        self.numbers = list(config["numbers"])
        self.categories = list(config["categories"])
        self.ordered = config["ordered"]
        self.tail = config["tail"]

    def count(self, rows):
        """The share of rows at each level."""
        return {name: rows[name].value_counts(normalize=True) for name in self.categories}

    def frequencies(self, rows, shares):
        """How common each row's levels are; a level that was never seen is not common at all."""
        return np.column_stack([rows[name].map(shares[name]).fillna(0.0) for name in self.categories])

    def ranks(self, rows):
        """The place of each row's level in its order."""
        place = {name: {level: rank for rank, level in enumerate(self.ordered[name])} for name in self.ordered}
        return np.column_stack([rows[name].map(place[name]) for name in self.ordered])

    def fit(self, rows):
        """Learns medians, tails, scales and shares."""
        numbers = rows[self.numbers]
        self.medians = numbers.median()
        filled = numbers.fillna(self.medians)
        self.low = filled.quantile(self.tail)
        self.high = filled.quantile(1 - self.tail)
        pulled = filled.clip(self.low, self.high, axis=1)
        self.scaler = StandardScaler().fit(pulled)
        self.shares = self.count(rows)
        return self

    def transform(self, rows):
        """The matrix of any rows, one line for each."""
        filled = rows[self.numbers].fillna(self.medians)
        pulled = filled.clip(self.low, self.high, axis=1)
        scaled = self.scaler.transform(pulled)
        coded = self.frequencies(rows, self.shares)
        return np.hstack([scaled, coded, self.ranks(rows)])
