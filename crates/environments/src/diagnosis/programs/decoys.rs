//! Decoys: code that is right though it looks suspicious, and why.

/// Something right that looks suspicious.
pub(in crate::diagnosis) struct Decoy {
    /// Its name.
    pub(in crate::diagnosis) name: &'static str,
    /// The file it stands in.
    pub(super) file: &'static str,
    /// A piece of its line before names are given.
    pub(super) line: &'static str,
    /// Why it is right.
    pub(in crate::diagnosis) why: &'static str,
}

pub(super) const FINAL_REFIT: Decoy = Decoy {
    name: "final-refit",
    file: "src/train.py",
    line: "features = Features(config).fit(train_rows)",
    why: "the final model may use every training row: it is measured on others",
};
pub(super) const THRESHOLD: Decoy = Decoy {
    name: "threshold-frozen",
    file: "src/train.py",
    line: "threshold = choose_threshold(labels, oof_scores)",
    why: "the cut is chosen on out-of-fold scores and then kept",
};
pub(super) const DEDUPE: Decoy = Decoy {
    name: "dedupe-first",
    file: "src/data.py",
    line: "return rows.drop_duplicates(subset=known).reset_index(drop=True)",
    why: "copies go before the split, and no label is looked at",
};
pub(super) const UNKNOWN: Decoy = Decoy {
    name: "encoder-ignores-unknown",
    file: "src/features.py",
    line: "self.encoder = OneHotEncoder(handle_unknown=\"ignore\", sparse_output=False)",
    why: "a level that was never seen becomes zeros, which is neutral",
};
pub(super) const CLOSE_FIT: Decoy = Decoy {
    name: "close-fit-forest",
    file: "src/model.py",
    line: "min_samples_leaf=config[\"leaf\"],",
    why: "each tree fits its sample closely and their mean does not",
};
pub(super) const BALANCED: Decoy = Decoy {
    name: "balanced-weights",
    file: "src/model.py",
    line: "class_weight=\"balanced\")",
    why: "both classes are to weigh the same",
};
pub(super) const EARLY_STOP: Decoy = Decoy {
    name: "early-stop",
    file: "src/model.py",
    line: "value = roc_auc_score(labels[stop_part], model.predict_proba(matrix[stop_part])[:, 1])",
    why: "the part that decides when to stop is taken from the training rows",
};
pub(super) const RESAMPLED: Decoy = Decoy {
    name: "resample-inside-fold",
    file: "src/model.py",
    line: "rows = balance(labels, config[\"seed\"])",
    why: "rows are drawn again after the split, from the part that is fitted",
};

pub(super) const INNER_SPLIT: Decoy = Decoy {
    name: "inner-split",
    file: "src/model.py",
    line: "value = roc_auc_score(labels[keep_part], model.predict_proba(matrix[keep_part])[:, 1])",
    why: "the part that decides how many vote is taken from the training rows",
};
pub(super) const EARLY_STOP_BOOSTING: Decoy = Decoy {
    name: "early-stop-boosting",
    file: "src/model.py",
    line: "n_iter_no_change=config[\"patience\"],",
    why: "rounds stop by a part of the training rows",
};
pub(super) const BALANCED_SURFACE: Decoy = Decoy {
    name: "balanced-surface",
    file: "src/model.py",
    line: "LogisticRegression(C=config[\"strength\"], max_iter=200, class_weight=\"balanced\"),",
    why: "with more products than rows, a strong penalty is right",
};
pub(super) const TAILS: Decoy = Decoy {
    name: "tails-clipped",
    file: "src/features.py",
    line: "self.low = filled.quantile(self.tail)",
    why: "the tails are those of the rows given to fit, and README.md says that gross errors occur",
};

pub(super) const STACKED: Decoy = Decoy {
    name: "stacked-final-fit",
    file: "src/model.py",
    line: "fitted = [model.fit(matrix, labels) for model in first]",
    why: "the first models may be fitted to every row they are given: their weights were learned out of fold",
};

pub(super) const GROUP_FOLDS: Decoy = Decoy {
    name: "group-folds",
    file: "src/train.py",
    line: "splitter = StratifiedGroupKFold(n_splits=config[\"folds\"], shuffle=True, random_state=config[\"seed\"])",
    why: "whole batches are shuffled, never the rows of one, and a fixed seed only makes runs alike",
};
pub(super) const FORWARD_FOLDS: Decoy = Decoy {
    name: "forward-folds",
    file: "src/train.py",
    line: "splitter = TimeSeriesSplit(n_splits=config[\"folds\"])",
    why: "each part is scored by models of the rows before it, so that batches need not be kept together",
};
pub(super) const WINDOW_BEHIND: Decoy = Decoy {
    name: "window-behind",
    file: "src/data.py",
    line: "ordered[\"recent\"] = ordered[config[\"target\"]].shift(1)",
    why: "the labels in the window are those of earlier rows, which are known by then",
};
pub(super) const RATES_OF_THE_FOLD: Decoy = Decoy {
    name: "rates-of-the-fold",
    file: "src/features.py",
    line: "self.rates = self.level_rates(rows)",
    why: "rates are learned from the rows given to fit, and rare levels are pulled to the mean",
};
pub(super) const CHOSEN_INSIDE: Decoy = Decoy {
    name: "chosen-inside",
    file: "src/model.py",
    line: "kept = choose_columns(matrix, labels, config)",
    why: "columns are chosen by the rows that the model is fitted to, in each fold anew",
};
pub(super) const INNER_FOLDS: Decoy = Decoy {
    name: "tuned-on-inner-folds",
    file: "src/model.py",
    line: "return Blend(fitted, choose_weight(labels, *said))",
    why: "the weight comes from inner folds of the rows that the model is fitted to",
};
pub(super) const SCALED_AND_BACK: Decoy = Decoy {
    name: "target-scaled-and-back",
    file: "src/model.py",
    line: "self.scaler = StandardScaler().fit(sizes)",
    why: "amounts are standardised for the fit and brought back by the inverse",
};
