def prepare(frame, target="target"):
    """Numeric columns standardised and categories as codes, ready for any model; call it on train and on test."""
    ready = pd.DataFrame(index=frame.index)
    for name in frame.columns:
        if name == target:
            continue
        if pd.api.types.is_numeric_dtype(frame[name]):
            values = frame[name].fillna(frame[name].median())
            ready[name] = (values - values.mean()) / (values.std() + 1e-9)
        else:
            ready[name] = frame[name].map(frame[name].value_counts(normalize=True)).astype(float)
    return ready.fillna(0.0)
