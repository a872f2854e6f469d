//! `policy/whole-file`: reports whole files as the place.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};
use envy_pycode::mutators::ErrorClass;

use super::{EMPTY_TEST, report, respond};

/// Reports whole files as the place.
pub(super) struct WholeFile;

impl Policy for WholeFile {
    fn name(&self) -> &'static str {
        "whole-file"
    }

    fn doc(&self) -> &'static str {
        "reports whole files as the place"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        let places = [("src/train.py", 1, 400), ("src/features.py", 1, 400), ("src/model.py", 1, 400)];
        respond(
            &report(ErrorClass::DataLeakage, "features_fitted_on_holdout", &places, "See the files."),
            Some(EMPTY_TEST),
        )
    }
}
