//! `dummies_not_aligned` (E02): level columns are made from whatever rows come and not brought into the order that was learned.

use super::{Anchor, ErrorClass, Mutator, Site};

/// Level columns are made from whatever rows come and not brought into the order that was learned.
pub(super) const MUTATOR: Mutator = Mutator {
    code: "E02",
    name: "dummies_not_aligned",
    class: ErrorClass::EncodingError,
    doc: "Level columns are made from whatever rows come and not brought into the order that was learned.",
    symptom: "None while every level is there; then columns shift or do not fit.",
    evidence: "A level that is missing or new breaks the run or moves other columns.",
    sites: &[Site {
        file: "src/features.py",
        clean: "ANY_c = pd.get_dummies(ANY_r[self.categories]).reindex(columns=self.columns, fill_value=0)",
        mutated: "ANY_c = pd.get_dummies(ANY_r[self.categories]).T.reset_index(drop=True)
ANY_c = ANY_c.reindex(range(len(self.columns)), fill_value=0).T",
    }],
    scaffold: &[],
    anchors: &[Anchor {
        file: "src/features.py",
        idiom: "self.columns = pd.get_dummies(ANY_r[self.categories]).columns",
    }],
    tests: &["H4", "H6"],
    decoys: &["final-refit", "tails-clipped"],
    unfit: &[],
};
