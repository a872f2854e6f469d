def select_and_score(frame, target, columns, count=15):
    """The columns that go best with the target, and the cross-validated AUROC of a model on them."""
    label = frame[target]
    strength = {name: abs(np.corrcoef(frame[name].fillna(frame[name].median()), label)[0, 1]) for name in columns}
    chosen = sorted(columns, key=lambda name: -np.nan_to_num(strength[name]))[:count]
    values = frame[chosen].fillna(frame[chosen].median())
    scores = cross_val_score(LogisticRegression(max_iter=500), values, label, cv=5, scoring="roc_auc")
    return chosen, float(scores.mean())
