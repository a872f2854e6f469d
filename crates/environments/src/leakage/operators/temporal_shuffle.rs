//! K9: rows were split at random although the relation changes with time.

use envy_core::Seed;

use super::{Operator, planted};
use crate::leakage::draft::{Action, Draft};

/// K9.
pub(super) struct TemporalShuffle;

impl Operator for TemporalShuffle {
    fn name(&self) -> &'static str {
        "temporal-shuffle"
    }

    fn code(&self) -> &'static str {
        "K9"
    }

    fn doc(&self) -> &'static str {
        "a relation that drifts, under a split that ignores time"
    }

    fn action(&self) -> Action {
        Action::ForwardSplit
    }

    fn plant(&self, draft: &mut Draft, _seed: &Seed) {
        let sentence = "Test rows were taken at random out of the same period; the model is used on the weeks after it, and \
                        the relation changes over time.";
        draft.protocol.push(sentence.to_owned());
        draft.planted.push(planted(self, &[], "the notes say that use comes after the period of the data"));
    }
}
