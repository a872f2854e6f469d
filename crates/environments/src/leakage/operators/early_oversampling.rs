//! K12: positive rows are copied before the split.

use envy_core::Seed;

use super::{Operator, planted};
use crate::leakage::draft::{Action, Draft};

/// K12.
pub(super) struct EarlyOversampling;

impl Operator for EarlyOversampling {
    fn name(&self) -> &'static str {
        "early-oversampling"
    }

    fn code(&self) -> &'static str {
        "K12"
    }

    fn doc(&self) -> &'static str {
        "helper code that balances the classes by copying and then cross-validates over the copies"
    }

    fn action(&self) -> Action {
        Action::FitInFold
    }

    fn plant(&self, draft: &mut Draft, _seed: &Seed) {
        draft.helpers.push(include_str!("early_oversampling.py"));
        draft.planted.push(planted(self, &[], "helpers.balanced_score copies rows before it splits"));
    }
}
