//! K10: scalers and encoders are fitted on whatever frame they are handed.

use envy_core::Seed;

use super::{Operator, planted};
use crate::leakage::draft::{Action, Draft};

/// K10.
pub(super) struct FitOnAll;

impl Operator for FitOnAll {
    fn name(&self) -> &'static str {
        "fit-on-all"
    }

    fn code(&self) -> &'static str {
        "K10"
    }

    fn doc(&self) -> &'static str {
        "helper code that standardises and encodes each frame by its own statistics"
    }

    fn action(&self) -> Action {
        Action::FitInFold
    }

    fn plant(&self, draft: &mut Draft, _seed: &Seed) {
        draft.helpers.push(include_str!("fit_on_all.py"));
        draft.planted.push(planted(
            self,
            &[],
            "helpers.prepare computes its statistics on the frame it is given",
        ));
    }
}
