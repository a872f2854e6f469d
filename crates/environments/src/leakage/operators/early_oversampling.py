def balanced_score(frame, target, columns, seed=0):
    """The cross-validated AUROC of a model on balanced classes: positive rows are copied until both are as many."""
    positive, negative = frame[frame[target] == 1], frame[frame[target] == 0]
    copies = positive.sample(max(len(negative), 1), replace=True, random_state=seed)
    balanced = pd.concat([negative, copies]).sample(frac=1.0, random_state=seed)
    values = balanced[columns].fillna(balanced[columns].median())
    model = HistGradientBoostingClassifier(random_state=seed)
    return float(cross_val_score(model, values, balanced[target], cv=5, scoring="roc_auc").mean())
