//! `columns_chosen_before_folds` (L03): columns are chosen with the labels of all rows before the folds are cut.

use super::{ErrorClass, Mutator, Site};

/// Columns are chosen with the labels of all rows before the folds are cut.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "L03",
    name: "columns_chosen_before_folds",
    class: ErrorClass::DataLeakage,
    doc: "Columns are chosen with the labels of all rows before the folds are cut.",
    symptom: "Cross-validation is too good, even on labels that mean nothing.",
    evidence: "With labels dealt out again the out-of-fold area stays far above one half; garbage in a fold moves its other rows.",
    sites: &[Site {
        file: "src/train.py",
        clean: "for ANY_g, (ANY_p, ANY_q) in enumerate(ANY_v.split(ANY_r, ANY_l, ANY_b)):
    ANY_f = Features(ANY_c).fit(ANY_r.iloc[ANY_p])
    ANY_m = fit_model(ANY_f.transform(ANY_r.iloc[ANY_p]), ANY_l[ANY_p], ANY_c)
    ANY_s[ANY_q] = positive_scores(ANY_m, ANY_f.transform(ANY_r.iloc[ANY_q]))
    ANY_o[ANY_q] = ANY_g",
        mutated: "kept = choose_columns(Features(ANY_c).fit(ANY_r).transform(ANY_r), ANY_l, ANY_c)
for ANY_g, (ANY_p, ANY_q) in enumerate(ANY_v.split(ANY_r, ANY_l, ANY_b)):
    ANY_f = Features(ANY_c).fit(ANY_r.iloc[ANY_p])
    ANY_m = fit_model(ANY_f.transform(ANY_r.iloc[ANY_p]), ANY_l[ANY_p], ANY_c, kept)
    ANY_s[ANY_q] = positive_scores(ANY_m, ANY_f.transform(ANY_r.iloc[ANY_q]))
    ANY_o[ANY_q] = ANY_g",
    }],
    scaffold: &[
        Site {
            file: "src/train.py",
            clean: "from src.model import fit_model, positive_scores",
            mutated: "from src.model import choose_columns, fit_model, positive_scores",
        },
        Site {
            file: "src/model.py",
            clean: r#"np.argsort(-ANY_a, kind="stable")[: ANY_k]"#,
            mutated: r#"np.argsort(-ANY_a, kind="stable")[: ANY_k]"#,
        },
    ],
    anchors: &[],
    tests: &["H3", "H2"],
    decoys: &["final-refit", "chosen-inside"],
    unfit: &[],
};
