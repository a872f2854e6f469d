//! What looks suspicious in a program whatever it is called, and why it may be right.

use envy_pycode::Pattern;
use envy_pycode::mutators::{Located, Project};

/// Suspicious idioms with what speaks for them.
const IDIOMS: &[(&str, &str)] = &[
    (
        "ANY_f = Features(ANY_c).fit(ANY_t)",
        "only training rows are learned from; what the model is worth is measured on others",
    ),
    (
        "ANY_t = choose_threshold(ANY_l, ANY_s)",
        "the cut is chosen on scores of models that had not seen the rows",
    ),
    (
        "return ANY_r.drop_duplicates(subset=ANY_k).reset_index(drop=True)",
        "copies go before the split; no label is looked at",
    ),
    ("OneHotEncoder(handle_unknown=\"ignore\", sparse_output=False)", "an unseen level becomes zeros"),
    (
        "LogisticRegression(C=ANY_c, max_iter=ANY_m, class_weight=\"balanced\")",
        "both classes are to weigh the same",
    ),
    (
        "RandomForestClassifier(n_estimators=ANY_n, min_samples_leaf=ANY_l, class_weight=ANY_w, random_state=ANY_s)",
        "each tree fits closely, their mean does not",
    ),
    (
        "ANY_v = roc_auc_score(ANY_l[ANY_p], ANY_m.predict_proba(ANY_x[ANY_p])[:, 1])",
        "the part that decides when to stop is taken from the training rows",
    ),
    (
        "GradientBoostingClassifier(n_estimators=ANY_n, learning_rate=ANY_e, max_depth=2, n_iter_no_change=ANY_p, \
         validation_fraction=0.2, random_state=ANY_s)",
        "rounds stop by a part of the training rows",
    ),
    ("self.low = ANY_f.quantile(ANY_t)", "the tails are those of the rows given to fit"),
    (
        "ANY_f = [ANY_m.fit(ANY_x, ANY_l) for ANY_m in ANY_a]",
        "the first models are fitted to all rows after their weights were learned out of fold",
    ),
    (
        "ANY_v = StratifiedGroupKFold(n_splits=ANY_n, shuffle=True, random_state=ANY_s)",
        "whole batches are shuffled; the seed only makes runs alike",
    ),
    ("ANY_v = TimeSeriesSplit(n_splits=ANY_n)", "each part is scored by models of the rows before it"),
    ("ANY_r[ANY_t].shift(1)", "the labels in the window are known by then"),
    ("self.rates = self.level_rates(ANY_r)", "rates are learned from the rows given to fit"),
    (
        "kept = choose_columns(ANY_x, ANY_l, ANY_c)",
        "columns are chosen by the rows that are fitted, in each fold anew",
    ),
    (
        "return Blend(ANY_f, choose_weight(ANY_l, *ANY_s))",
        "the weight comes from inner folds of the rows that are fitted",
    ),
    ("self.scaler = StandardScaler().fit(sizes)", "amounts are brought back by the inverse"),
    ("ANY_r = balance(ANY_l, ANY_s)", "rows are drawn again after the split, from the part that is fitted"),
];

/// Every suspicious place with what speaks for it.
pub(super) fn suspicions(project: &Project) -> Vec<(&'static str, Located)> {
    let mut found = Vec::new();
    for (idiom, why) in IDIOMS {
        let pattern = Pattern::new(idiom).expect("an idiom of ours is Python");
        for (file, module) in project {
            let places = pattern.find(module).into_iter().map(|hit| module.span(hit.range));
            found.extend(places.map(|span| (*why, Located { file: file.clone(), span })));
        }
    }
    found
}
