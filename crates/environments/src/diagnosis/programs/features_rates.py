"""Turns {{things}} into a matrix. Everything that is learned is learned from the rows given to `fit`."""

import numpy as np
from sklearn.preprocessing import StandardScaler


class Features:
    """Fills gaps, pulls in the tails, scales the numbers; a level is coded by how often its label is 1."""

    def __init__(self, config):
        self.numbers = list(config["numbers"])
        self.categories = list(config["categories"])
        self.target = config["target"]
        self.tail = config["tail"]
        self.weight = config["weight"]

    def level_rates(self, rows):
        """The share of the label 1 at each level, pulled to that of all rows where a level is rare."""
        self.rate = rows[self.target].mean()
        counts = {name: rows.groupby(name)[self.target].agg(["sum", "size"]) for name in self.categories}
        return {
            name: (table["sum"] + self.weight * self.rate) / (table["size"] + self.weight)
            for name, table in counts.items()
        }

    def fit(self, rows):
        """Learns medians, tails, scales and rates."""
        numbers = rows[self.numbers]
        self.medians = numbers.median()
        filled = numbers.fillna(self.medians)
        self.low = filled.quantile(self.tail)
        self.high = filled.quantile(1 - self.tail)
        pulled = filled.clip(self.low, self.high, axis=1)
        self.scaler = StandardScaler().fit(pulled)
        self.rates = self.level_rates(rows)
        return self

    def transform(self, rows):
        """The matrix of any rows, one line for each; a level that was never seen has the rate of all rows."""
        filled = rows[self.numbers].fillna(self.medians)
        pulled = filled.clip(self.low, self.high, axis=1)
        scaled = self.scaler.transform(pulled)
        coded = np.column_stack([rows[name].map(self.rates[name]).fillna(self.rate) for name in self.categories])
        return np.hstack([scaled, 4 * coded - 1])
