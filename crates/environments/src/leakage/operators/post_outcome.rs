//! K1: a figure that is recorded after the outcome, and because of it.

use envy_core::Seed;
use envy_tabular::{Column, Kind};

use super::{Operator, name_of, planted};
use crate::leakage::draft::{Action, ColumnNote, Draft, Job, PARTS, numeric};

/// K1.
pub(super) struct PostOutcome;

const NAMES: &[&str] = &["followup_calls", "review_minutes", "contact_count", "notes_length"];
/// The count of a negative row, on average, and its spread.
const LEVEL: f64 = 20.0;
const SPREAD: f64 = 5.0;

impl Operator for PostOutcome {
    fn name(&self) -> &'static str {
        "post-outcome"
    }

    fn code(&self) -> &'static str {
        "K1"
    }

    fn doc(&self) -> &'static str {
        "a count that goes on until the case is closed, higher for positive rows"
    }

    fn action(&self) -> Action {
        Action::Drop
    }

    fn plant(&self, draft: &mut Draft, seed: &Seed) {
        let name = name_of(draft, seed, "leak_future_signal", NAMES);
        let labels = PARTS.map(|part| draft.labels_for(part, seed));
        let gap = draft.separation() * SPREAD;
        let note = ColumnNote::new(&name, Job::CaseClose)
            .confessing("Counted until the case is closed, which is after the decision.");
        let field = numeric(&name, Kind::Integer, "Contacts and notes on the case.");
        draft.push(note, &field, |_, part| {
            let mut rng = seed.derive(&format!("values/{}", part as usize)).rng();
            let value = |positive: &bool| {
                let mean = LEVEL + if *positive { gap } else { 0.0 };
                Some((mean + SPREAD * rng.normal()).round().max(0.0) as i64)
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
