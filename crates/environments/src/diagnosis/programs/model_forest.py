"""The model: a forest of trees."""

from sklearn.ensemble import RandomForestClassifier


def fit_model(matrix, labels, config):
    """Trees on bootstrap samples. Each may fit its own sample closely: their average does not."""
    model = RandomForestClassifier(
        n_estimators=config["trees"],
        min_samples_leaf=config["leaf"],
        class_weight="balanced_subsample",
        random_state=config["seed"],
    )
    return model.fit(matrix, labels)


def positive_scores(model, matrix):
    """The mean probability of the class 1."""
    column = model.classes_.tolist().index(1)
    return model.predict_proba(matrix)[:, column]
