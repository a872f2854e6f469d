"""Prints figures.txt: what scikit-learn and scipy say about the tables of `tables.rs`.

usage: python figures.py > figures.txt, with the versions that its first line names.
"""

import math

import numpy as np
import scipy
import sklearn
from scipy import stats
from sklearn import metrics
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

SEEDS = 60
TREES = 60
CUTS = {2: [0.0], 3: [-0.7, 0.7], 5: [-1.6, -0.5, 0.5, 1.6]}
TABLES = [("two", 2, 400, 3), ("three", 3, 600, 6), ("five", 5, 800, 10)]
FORESTS = [
    ("full", {}),
    ("shallow", {"max_depth": 4}),
    ("wide_leaves", {"min_samples_leaf": 7}),
    ("all_columns", {"max_features": None}),
]


class Stream:
    """Knuth's linear congruential generator, whose numbers are exact in any language."""

    def __init__(self, state):
        self.state = state

    def uniform(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 11) / 2**53

    def bell(self):
        total = 0.0
        for _ in range(4):
            total += self.uniform()
        return math.floor((total - 2.0) * 1024.0) / 512.0


def table(classes, rows, columns, state):
    stream = Stream(state)
    features, labels = [], []
    for _ in range(rows):
        row = [stream.bell() for _ in range(columns)]
        row[-1] = float(math.floor(row[-1] * 3.0))
        score = 1.5 * row[0] + row[1] * row[2] + 0.4 * row[-1] + 0.5 * stream.bell()
        features.append(row)
        labels.append(sum(score > cut for cut in CUTS[classes]))
    return np.array(features), np.array(labels)


def show(name, *values):
    print(name, *[repr(float(value)) for value in values])


def spread(name, values):
    show(name, np.mean(values), np.std(values, ddof=1))


def forests():
    for name, classes, rows, columns in TABLES:
        x, y = table(classes, rows, columns, 1)
        test_x, test_y = table(classes, 1000, columns, 2)
        for kind, settings in FORESTS:
            accuracy, loss, area, weights = [], [], [], []
            for seed in range(SEEDS):
                model = RandomForestClassifier(TREES, random_state=seed, **settings).fit(x, y)
                shares = model.predict_proba(test_x)
                accuracy.append(metrics.accuracy_score(test_y, shares.argmax(axis=1)))
                loss.append(np.mean((shares - np.eye(classes)[test_y]) ** 2))
                area.append(metrics.roc_auc_score(test_y == classes - 1, shares[:, -1]))
                weights.append(model.feature_importances_[0])
            spread(f"forest/{name}/{kind}/accuracy", accuracy)
            spread(f"forest/{name}/{kind}/squared_error", loss)
            spread(f"forest/{name}/{kind}/auroc", area)
            spread(f"forest/{name}/{kind}/first_importance", weights)


def neighbours_and_metrics():
    for name, classes, rows, columns in TABLES:
        x, y = table(classes, rows, columns, 1)
        test_x, test_y = table(classes, 1000, columns, 2)
        model = make_pipeline(StandardScaler(), KNeighborsClassifier(15, algorithm="brute")).fit(x, y)
        shares = model.predict_proba(test_x)
        predicted = shares.argmax(axis=1)
        positive, score = test_y == classes - 1, shares[:, -1]
        show(f"knn/{name}/accuracy", metrics.accuracy_score(test_y, predicted))
        show(f"knn/{name}/macro_f1", metrics.f1_score(test_y, predicted, average="macro"))
        show(f"knn/{name}/auroc", metrics.roc_auc_score(positive, score))
        show(f"knn/{name}/brier", metrics.brier_score_loss(positive, score))
        show(f"knn/{name}/log_loss", metrics.log_loss(test_y, shares))
        show(f"knn/{name}/r2", metrics.r2_score(test_y.astype(float), shares @ np.arange(classes)))


def intervals():
    for hits, trials, confidence in [(0, 10, 0.95), (3, 10, 0.95), (10, 10, 0.9), (3, 100000, 0.95), (4100, 5000, 0.99)]:
        test = stats.binomtest(hits, trials)
        for method in ["wilson", "exact"]:
            bounds = test.proportion_ci(confidence, method)
            show(f"interval/{method}/{hits}/{trials}/{confidence}", bounds.low, bounds.high)


print(f"# scikit-learn {sklearn.__version__}, scipy {scipy.__version__}, {SEEDS} forests of {TREES} trees: name, figure(s)")
forests()
neighbours_and_metrics()
intervals()
