"""Tells a program with the error from one without it, by what it does to changed inputs."""

import json
import math
import os
import runpy
import shutil
import sys
from pathlib import Path

import pandas as pd

TESTS = __TESTS__
NORM = __NORM__
HOME = Path(__file__).resolve().parent.parent
CONFIG = {}
for setting in (HOME / "config.yaml").read_text(encoding="utf-8").splitlines():
    if setting and not setting.startswith("#"):
        key, _, text = setting.partition(": ")
        CONFIG[key] = json.loads(text)
NUMBERS, CATEGORIES = CONFIG["numbers"], CONFIG["categories"]
TARGET, GROUP = CONFIG["target"], CONFIG["group"]
IS_TIMED, LARGE = "window" in CONFIG, CONFIG.get("large")


def ones(frame):
    """Which rows count as 1: those labelled so, or those whose amount is large."""
    values = pd.to_numeric(frame[TARGET])
    return (values >= LARGE if LARGE else values == 1).astype(int)


def unit(base):
    """What is said of probabilities, in the unit of these scores."""
    return base.holdout["score"].std() / 0.25 if LARGE else 1.0


class Run:
    """What the program leaves behind on an input."""

    def __init__(self, name, change=None):
        root = HOME / "test-runs" / name
        shutil.rmtree(root, ignore_errors=True)
        (root / "data").mkdir(parents=True)
        shutil.copytree(HOME / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__"))
        for file in ["config.yaml", "run_train.py"]:
            shutil.copy(HOME / file, root / file)
        rows = {part: pd.read_csv(HOME / "data" / f"{part}.csv", dtype=str) for part in ["train", "holdout"]}
        if change:
            change(rows["train"], rows["holdout"])
        for part, frame in rows.items():
            frame.to_csv(root / "data" / f"{part}.csv", index=False)
        self.rows = rows
        child = os.fork()  # a child, so that each run imports the program afresh
        if child == 0:
            try:
                os.chdir(root)
                runpy.run_path("run_train.py", run_name="__main__")
                os._exit(0)
            finally:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0, f"the program fails on {name}"
        self.oof, self.fitted, self.holdout = (
            pd.read_csv(root / "out" / f"{part}.csv", dtype={"row_id": str}) for part in ["oof", "fitted", "holdout"]
        )
        self.metrics = json.loads((root / "out" / "metrics.json").read_text())


def spoil(frame, rows):
    """Puts garbage in the place of the features of some rows."""
    for place, name in enumerate(NUMBERS):
        frame.loc[rows, name] = [str(100000.0 + 37 * row + place) for row in rows]
    for name in CATEGORIES:
        frame.loc[rows, name] = "unseen"


def scale(*frames):
    """Another unit for one column."""
    for frame in frames:
        values = pd.to_numeric(frame[NUMBERS[0]])
        frame[NUMBERS[0]] = (values * 1024).where(values != CONFIG["sentinel"], values).map(repr)
        frame.loc[values.isna(), NUMBERS[0]] = ""


def rename(train, holdout):
    """Other numbers for rows, other names and spellings for levels."""
    for name in CATEGORIES:
        tidy = [frame[name].str.strip().str.lower() for frame in (train, holdout)]
        levels = sorted(set(tidy[0]) | set(tidy[1]))
        forest = any(name in CONFIG for name in ("trees", "rounds"))
        names = {level: f"level {i if forest else len(levels) - i:02}" for i, level in enumerate(levels)}
        for frame, column in zip((train, holdout), tidy):
            new = column.map(names)
            frame[name] = new.where(frame.index % 2 == 0, new.str.upper() + " ")
    for frame in (train, holdout):
        frame["row_id"] = (((frame.index + 1) * 7919) % 100003).astype(str)


def gross(train, _holdout):
    """Gross values in one row of a hundred."""
    for place, name in enumerate(NUMBERS):
        rows = list(range(place, len(train) - 100, 100))
        values = pd.to_numeric(train.loc[rows, name]).fillna(1.0)
        train.loc[rows, name] = ((values.abs() + 1) * 1e4).map(repr)
    if LARGE:
        rows = list(range(len(NUMBERS), len(train) - 100, 100))
        train.loc[rows, TARGET] = (pd.to_numeric(train.loc[rows, TARGET]) * 1e4).map(repr)


def gaps(*frames):
    """Gaps and sentinels change places."""
    sentinel = str(CONFIG["sentinel"])
    for frame in frames:
        for name in NUMBERS:
            empty, marked = frame[name].isna(), frame[name] == sentinel
            frame.loc[empty, name] = sentinel
            frame.loc[marked, name] = ""


def moved(base, run):
    """The mean distance of the holdout's scores."""
    assert len(base.holdout) == len(run.holdout)
    return (base.holdout["score"] - run.holdout["score"]).abs().mean()


def relabel(_train, holdout):
    """Other labels, and what is written after them."""
    labels = holdout[TARGET].to_numpy()[::-1].copy()
    changed = ones(holdout).to_numpy()[::-1] != ones(holdout).to_numpy()
    for name in CONFIG["known_later"]:
        values = pd.to_numeric(holdout[name])
        other = values.max() + values.min() - values
        holdout[name] = other.where(changed, values).astype(int).astype(str)
    holdout[TARGET] = labels


def lone_group(train):
    """The rows of the largest group none of whose rows was sent twice."""
    copies = train.duplicated(NUMBERS, keep=False).groupby(train[GROUP]).transform("any")
    groups = train.index[~copies].groupby(train[GROUP][~copies])
    return list(max(groups.values(), key=len))


def garbage_in_group(base, name):
    """The run with garbage in half of a group, the row ids whose scores stayed, and those of the group's other half."""
    train = base.rows["train"]
    group = lone_group(train)
    run = Run(name, lambda rows, _holdout: spoil(rows, group[::2]))
    before, after = base.oof.set_index("row_id")["score"], run.oof.set_index("row_id")["score"]
    kept = set(before.index[before == after.reindex(before.index)])
    return kept, set(train.loc[group[1::2], "row_id"])


def h1(base):
    run = Run("h1", lambda _train, holdout: spoil(holdout, list(range(1, len(holdout), 2))))
    assert base.fitted.equals(run.fitted) and base.oof.equals(run.oof)


def later_half(train):
    """The rows of the last days."""
    days = pd.to_datetime(train["day"], format="%d/%m/%Y")
    return days >= days.sort_values().iloc[len(days) * 4 // 5]


def turn_later(train, _holdout):
    """Garbage and other labels in the rows of the last days."""
    rows = list(train.index[later_half(train)])
    spoil(train, rows)
    train.loc[rows, TARGET] = (1 - ones(train.loc[rows])).astype(str)


def h9(base):
    train = base.rows["train"]
    run = Run("h9", turn_later)
    before, after = base.oof.set_index("row_id")["score"], run.oof.set_index("row_id")["score"]
    earlier = [row for row in train.loc[~later_half(train), "row_id"] if row in before.index]
    assert before[earlier].equals(after.reindex(earlier))


def shuffle_labels(train, _holdout):
    """Training labels that mean nothing."""
    train[TARGET] = train[TARGET].sample(frac=1, random_state=5).to_numpy()


def h2(base):
    from sklearn.metrics import roc_auc_score

    assert base.holdout.equals(Run("h2", relabel).holdout)
    run = Run("h2-noise", shuffle_labels)
    truth = ones(run.rows["train"].set_index("row_id"))[run.oof["row_id"]].to_numpy()
    error = ((len(truth) + 1) / (12 * truth.sum() * (len(truth) - truth.sum()))) ** 0.5
    assert roc_auc_score(truth, run.oof["score"]) <= 0.5 + 3 * error


def h3(base):
    kept, _rest = garbage_in_group(base, "h3")
    assert 20 * len(kept) >= len(base.oof)


def h10(base):
    kept, rest = garbage_in_group(base, "h10")
    assert rest <= kept


def h4(base):
    run = Run("h4", lambda _train, holdout: spoil(holdout, list(range(1, len(holdout), 2))))
    assert base.holdout["score"][::2].equals(run.holdout["score"][::2])


def h5(base):
    assert moved(base, Run("h5", scale)) <= 2e-3 * unit(base)


def h6(base):
    assert moved(base, Run("h6", rename)) <= 2e-3 * unit(base)

    def unseen(_train, holdout):
        holdout.loc[::2, CATEGORIES[0]] = "not listed"

    level = base.rows["holdout"][CATEGORIES[0]].str.strip().str.lower()[::2]
    kept = (base.holdout["score"] == Run("h6-unseen", unseen).holdout["score"])[::2]
    if any(name in CONFIG for name in ("trees", "rounds")):
        return  # a tree need not look at every column
    by_level = kept.groupby(level).agg(["size", "all"])
    assert kept.all() or not by_level[by_level["size"] >= 5]["all"].any()


def h7(base):
    from sklearn.metrics import average_precision_score, f1_score, recall_score

    labels = ones(base.rows["holdout"])
    scores, decisions = base.holdout["score"], base.holdout["decision"]
    figures = base.metrics["holdout"]
    assert abs(average_precision_score(labels, scores) - figures["average_precision"]) < 1e-6
    assert abs(recall_score(labels, decisions) - figures["recall"]) < 1e-6
    assert abs(f1_score(labels, decisions, average="macro") - figures["macro_f1"]) < 1e-6
    if LARGE:
        amounts = pd.to_numeric(base.rows["holdout"][TARGET])
        assert abs((scores - amounts).abs().mean() - figures["mean_error"]) < 1e-6 * max(1, figures["mean_error"])
        return
    truth = ones(base.rows["train"].set_index("row_id"))[base.oof["row_id"]].to_numpy()
    best = max(f1_score(truth, base.oof["score"] >= cut / 100, zero_division=0) for cut in range(1, 100))
    cut = scores[decisions == 1].min()
    assert f1_score(truth, base.oof["score"] >= cut, zero_division=0) >= best - 0.02


def statistics(base):
    """How well, how closely, how surely and how evenly the program scores."""
    from sklearn.metrics import roc_auc_score

    truth = ones(base.rows["train"].set_index("row_id"))
    oof = roc_auc_score(truth[base.oof["row_id"]], base.oof["score"])
    fitted = roc_auc_score(truth[base.fitted["row_id"]], base.fitted["score"])
    given = ones(base.rows["holdout"].set_index("row_id"))
    holdout = roc_auc_score(given[base.holdout["row_id"].astype(str)], base.holdout["score"])
    sizes = [base.holdout["score"].std(), base.oof["score"].mean()]
    spread, mean = (math.log1p(abs(size)) if LARGE else size for size in sizes)
    return {"auc": (oof + holdout) / 2, "gap": fitted - oof, "spread": spread, "mean": mean}


def h8(base):
    own = statistics(base)
    wrong, right = NORM["buggy"], NORM["fixed"]
    weights = {"auc": 1.0, "gap": 1.0, "spread": 0.5, "mean": 0.5}
    telling = max(weights, key=lambda name: weights[name] * abs(wrong[name] - right[name]))
    assert abs(own[telling] - right[telling]) < abs(own[telling] - wrong[telling])


def h11(base):
    assert moved(base, Run("h11-gaps", gaps)) <= 2e-3 * unit(base)
    run = Run("h11", gross)
    shift = (base.holdout["score"] - run.holdout["score"]).abs()
    holes = base.rows["holdout"][NUMBERS].isna() | (base.rows["holdout"][NUMBERS] == str(CONFIG["sentinel"]))
    limit = 0.05 * unit(base)
    assert shift.mean() <= limit and shift[holes.any(axis=1)].mean() <= limit


def h12(base):
    train = base.rows["train"].copy()
    for name in CATEGORIES:
        train[name] = train[name].str.strip().str.lower()
    train[NUMBERS] = train[NUMBERS].replace(str(CONFIG["sentinel"]), float("nan"))
    expected = set(train.drop_duplicates(NUMBERS + CATEGORIES)["row_id"])
    if not IS_TIMED:
        assert set(base.oof["row_id"]) == expected and len(base.oof) == len(expected)
        truth = ones(base.rows["train"].set_index("row_id"))[base.oof["row_id"]].to_numpy()
        shares = pd.Series(truth).groupby(base.oof["fold"].to_numpy()).mean()
        assert shares.max() - shares.min() <= 0.07
    assert list(base.holdout["row_id"]) == list(base.rows["holdout"]["row_id"])


if __name__ == "__main__":
    start = Run("base")
    if "--measure" in sys.argv:
        print(json.dumps({**statistics(start), "reported": start.metrics["holdout"]["auc"]}))
    else:
        for test in TESTS:
            globals()[test.lower()](start)
