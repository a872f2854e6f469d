//! `tuned_on_reported_folds` (L14): the blend's weight is tuned on the very rows whose scores are reported.

use super::{ErrorClass, Mutator, Site};

/// The blend's weight is tuned on the very rows whose scores are reported.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "L14",
    name: "tuned_on_reported_folds",
    class: ErrorClass::DataLeakage,
    doc: "The blend's weight is tuned on the very rows whose scores are reported.",
    symptom: "Cross-validation is a little too good.",
    evidence: "Garbage in some rows of a fold moves the scores of the fold's other rows.",
    sites: &[Site {
        file: "src/train.py",
        clean: "ANY_m = fit_model(ANY_f.transform(ANY_r.iloc[ANY_p]), ANY_l[ANY_p], ANY_c)
ANY_s[ANY_q] = positive_scores(ANY_m, ANY_f.transform(ANY_r.iloc[ANY_q]))",
        mutated: "ANY_m = fit_model(ANY_f.transform(ANY_r.iloc[ANY_p]), ANY_l[ANY_p], ANY_c)
ANY_m.weight = choose_weight(ANY_l[ANY_q], *ANY_m.both(ANY_f.transform(ANY_r.iloc[ANY_q])))
ANY_s[ANY_q] = positive_scores(ANY_m, ANY_f.transform(ANY_r.iloc[ANY_q]))",
    }],
    scaffold: &[
        Site {
            file: "src/train.py",
            clean: "from src.model import fit_model, positive_scores",
            mutated: "from src.model import choose_weight, fit_model, positive_scores",
        },
        Site {
            file: "src/model.py",
            clean: "choose_weight(ANY_l, *ANY_s)",
            mutated: "choose_weight(ANY_l, *ANY_s)",
        },
    ],
    anchors: &[],
    tests: &["H3"],
    decoys: &["final-refit", "tuned-on-inner-folds"],
    unfit: &[],
};
