//! K5: a key that was given out after sorting by the outcome.

use envy_core::Seed;
use envy_tabular::{Column, Kind};

use super::{Operator, planted};
use crate::leakage::draft::{Action, ColumnNote, Draft, Job, PARTS, numeric};

/// K5.
pub(super) struct OrderedKey;

const NAMES: &[&str] = &["case_number", "archive_no", "ledger_ref"];
const FIRST: f64 = 410_000.0;
/// The keys of all rows lie in this range.
const RANGE: f64 = 90_000.0;

impl Operator for OrderedKey {
    fn name(&self) -> &'static str {
        "ordered-key"
    }

    fn code(&self) -> &'static str {
        "K5"
    }

    fn doc(&self) -> &'static str {
        "a number that the archive gives out after closing, positive cases last"
    }

    fn action(&self) -> Action {
        Action::Drop
    }

    fn plant(&self, draft: &mut Draft, seed: &Seed) {
        let name = draft.name(NAMES, &mut seed.derive("name").rng());
        let labels = PARTS.map(|part| draft.labels_for(part, seed));
        let gap = draft.separation();
        let note = ColumnNote::new(&name, Job::CaseClose)
            .confessing("Given out by the archive when the case is closed, after the decision.");
        let field = numeric(&name, Kind::Integer, "Number of the case in the archive.");
        draft.push(note, &field, |_, part| {
            let mut rng = seed.derive(&format!("values/{}", part as usize)).rng();
            let value = |positive: &bool| {
                let shifted = rng.normal() + if *positive { gap } else { 0.0 };
                // The place in the pile, from 0 to 1, squeezed so that no key names its row's label outright.
                let place = 1.0 / (1.0 + libm::exp(gap / 2.0 - shifted));
                Some((FIRST + RANGE * place) as i64)
            };
            Column::Integer(labels[part as usize].iter().map(value).collect())
        });
        draft.planted.push(planted(
            self,
            &[&name],
            "its job runs when the case is closed, after the decision",
        ));
    }
}
