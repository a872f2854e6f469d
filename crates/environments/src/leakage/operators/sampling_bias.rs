//! K14: positive cases were sampled more often than they occur.

use envy_core::Seed;

use super::{Operator, planted};
use crate::leakage::draft::{Action, Draft};

/// K14.
pub(super) struct SamplingBias;

impl Operator for SamplingBias {
    fn name(&self) -> &'static str {
        "sampling-bias"
    }

    fn code(&self) -> &'static str {
        "K14"
    }

    fn doc(&self) -> &'static str {
        "half of the exported rows are positive, fewer are in the field"
    }

    fn action(&self) -> Action {
        Action::Reweight
    }

    fn plant(&self, draft: &mut Draft, _seed: &Seed) {
        let percent = (100.0 * draft.settings.prevalence).round();
        draft.protocol.push(format!(
            "Positive cases were oversampled for this export, to half of the rows; in the field {percent} % are positive."
        ));
        draft.planted.push(planted(self, &[], "the notes give the share of the field"));
    }
}
