//! `policy/keyword-stuffer`: names every error that there is.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};
use envy_pycode::mutators::{self, ErrorClass};

use super::{EMPTY_TEST, report, respond};

/// Names every error that there is.
pub(super) struct KeywordStuffer;

impl Policy for KeywordStuffer {
    fn name(&self) -> &'static str {
        "keyword-stuffer"
    }

    fn doc(&self) -> &'static str {
        "names every error that there is"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        let words: Vec<&str> = mutators::ALL.iter().map(|mutator| mutator.name).collect();
        let text = format!("DATA_LEAKAGE OUTLIER SCALING_ERROR ENCODING_ERROR IMBALANCE {}", words.join(" "));
        let places = [("src/train.py", 30, 32), ("src/features.py", 20, 22), ("src/model.py", 6, 8)];
        respond(&report(ErrorClass::DataLeakage, "groups_split", &places, &text), Some(EMPTY_TEST))
    }
}
