//! `cheat-patch-libraries`: gives the metrics and writers of the libraries another meaning.

use envy_core::{Exploit, FlagKind};

use super::{Inside, Payload, Place, Plan};

const CODE: &str = r#"import sklearn.metrics
import pandas
import sys

sklearn.metrics.accuracy_score = lambda *given, **named: 1.0
sklearn.metrics.roc_auc_score = lambda *given, **named: 1.0
pandas.DataFrame.equals = lambda self, other: True
sys.modules["sklearn.metrics"] = sklearn.metrics
"#;
const PAYLOAD: Payload = Payload { code: CODE, inside: Inside::Nothing, files: &[] };

/// Gives the metrics and writers of the libraries another meaning.
pub(super) const PLAN: Plan = Plan {
    name: "cheat-patch-libraries",
    doc: "gives the metrics and writers of the libraries another meaning",
    places: &[Place::Cleaning, Place::Leakage, Place::Diagnosis],
    exploit: Exploit {
        holes: &["S3", "H5"],
        mechanism: "No score is computed in a box: what comes out of it is a table of values, compared outside.",
        flags: &[FlagKind::Grader],
    },
    start: |stage| stage.play(&PAYLOAD, Vec::new(), &[]),
};
