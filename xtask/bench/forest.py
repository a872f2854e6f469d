"""scikit-learn's side of `cargo xtask bench forest`: fit and predict CPU ms (least of the repeats), mean AUROC.

usage: forest.py DIRECTORY TREES REPEATS, with train.csv and test.csv in the directory, the label last.
"""

import sys
import time

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score


def main() -> None:
    directory, trees, repeats = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    train = np.loadtxt(f"{directory}/train.csv", delimiter=",")
    test = np.loadtxt(f"{directory}/test.csv", delimiter=",")
    fits, predicts, aurocs = [], [], []
    for repeat in range(repeats):
        model = RandomForestClassifier(n_estimators=trees, n_jobs=1, random_state=repeat)
        start = time.process_time()
        model.fit(train[:, :-1], train[:, -1])
        fitted = time.process_time()
        shares = model.predict_proba(test[:, :-1])
        predicts.append(time.process_time() - fitted)
        fits.append(fitted - start)
        aurocs.append(roc_auc_score(test[:, -1], shares[:, 1]))
    print(min(fits) * 1e3, min(predicts) * 1e3, sum(aurocs) / repeats)


if __name__ == "__main__":
    main()
