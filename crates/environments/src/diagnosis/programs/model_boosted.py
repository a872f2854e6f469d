"""The model: small trees, each of which mends what those before it missed."""

from sklearn.ensemble import GradientBoostingClassifier


def fit_model(matrix, labels, config):
    """Rounds go on until a part that is kept aside has not got better for a while."""
    model = GradientBoostingClassifier(
        n_estimators=config["rounds"],
        learning_rate=config["rate"],
        max_depth=2,
        n_iter_no_change=config["patience"],
        validation_fraction=0.2,
        random_state=config["seed"],
    )
    return model.fit(matrix, labels)


def positive_scores(model, matrix):
    """The probability of the class 1."""
    column = model.classes_.tolist().index(1)
    return model.predict_proba(matrix)[:, column]
