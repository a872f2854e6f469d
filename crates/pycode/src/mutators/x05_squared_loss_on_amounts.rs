//! `squared_loss_on_amounts` (X05): squared errors of plain amounts are made small, so that a few odd amounts decide the line.

use super::{ErrorClass, Mutator, Site};

/// Squared errors of plain amounts are made small, so that a few odd amounts decide the line.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "X05",
    name: "squared_loss_on_amounts",
    class: ErrorClass::Outlier,
    doc: "Squared errors of plain amounts are made small, so that a few odd amounts decide the line.",
    symptom: "A few rows decide the line.",
    evidence: "One odd amount in a hundred moves every score.",
    sites: &[
        Site {
            file: "src/model.py",
            clean: "ANY_z = np.log1p(ANY_a).reshape(-1, 1)",
            mutated: "ANY_z = np.asarray(ANY_a, dtype=float).reshape(-1, 1)",
        },
        Site {
            file: "src/model.py",
            clean: "HuberRegressor(alpha=ANY_p, max_iter=ANY_i)",
            mutated: "Ridge(alpha=ANY_p, max_iter=ANY_i)",
        },
        Site { file: "src/model.py", clean: "return np.expm1(ANY_z)", mutated: "return np.asarray(ANY_z)" },
    ],
    scaffold: &[Site {
        file: "src/model.py",
        clean: "from sklearn.linear_model import HuberRegressor",
        mutated: "from sklearn.linear_model import Ridge",
    }],
    anchors: &[],
    tests: &["H11"],
    decoys: &["final-refit", "group-folds"],
    unfit: &[],
};
