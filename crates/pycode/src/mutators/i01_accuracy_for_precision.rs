//! `accuracy_for_precision` (I01): accuracy, which the common class earns by itself, stands where average precision is asked for.

use super::{ErrorClass, Mutator, Site};

/// Accuracy, which the common class earns by itself, stands where average precision is asked for.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "I01",
    name: "accuracy_for_precision",
    class: ErrorClass::Imbalance,
    doc: "Accuracy, which the common class earns by itself, stands where average precision is asked for.",
    symptom: "The figure is high whatever the model does.",
    evidence: "The figure is not the average precision of the scores beside it.",
    sites: &[Site {
        file: "src/evaluate.py",
        clean: "average_precision_score(ANY_l, ANY_s)",
        mutated: "accuracy_score(ANY_l, ANY_s >= 0.5)",
    }],
    scaffold: &[Site {
        file: "src/evaluate.py",
        clean: "from sklearn.metrics import average_precision_score, f1_score, recall_score, roc_auc_score",
        mutated: "from sklearn.metrics import accuracy_score, f1_score, recall_score, roc_auc_score",
    }],
    anchors: &[],
    tests: &["H7"],
    decoys: &["threshold-frozen", "balanced-weights"],
    unfit: &[],
};
