//! K8: accounts with several rows stand on both sides of the split.

use envy_core::Seed;

use super::{Operator, planted};
use crate::leakage::draft::{Action, Draft};

/// K8.
pub(super) struct GroupOverlap;

impl Operator for GroupOverlap {
    fn name(&self) -> &'static str {
        "group-overlap"
    }

    fn code(&self) -> &'static str {
        "K8"
    }

    fn doc(&self) -> &'static str {
        "accounts with an effect of their own, whose rows are split between train and test"
    }

    fn action(&self) -> Action {
        Action::GroupSplit
    }

    fn plant(&self, draft: &mut Draft, _seed: &Seed) {
        let sentence = "An account has several rows here, and its rows resemble each other; in the field the model meets \
                        new accounts only.";
        draft.protocol.push(sentence.to_owned());
        draft.planted.push(planted(self, &[], "account_id repeats, and the notes speak of new accounts"));
    }
}
