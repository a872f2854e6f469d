//! K13: a reading is missing because of the outcome.

use envy_core::Seed;
use envy_tabular::{Column, Kind, field::round_to};

use super::{Operator, planted};
use crate::leakage::draft::{Action, ColumnNote, Draft, Job, PARTS, numeric};

const NAMES: &[&str] = &["second_reading", "control_value", "repeat_measure"];
/// Share of the negative rows without a reading.
const SHARE_NEGATIVE: f64 = 0.12;

/// K13.
pub(super) struct OutcomeMissingness;

impl Operator for OutcomeMissingness {
    fn name(&self) -> &'static str {
        "outcome-missingness"
    }

    fn code(&self) -> &'static str {
        "K13"
    }

    fn doc(&self) -> &'static str {
        "a reading that is taken off the file when a case turns out positive"
    }

    fn action(&self) -> Action {
        Action::Drop
    }

    fn plant(&self, draft: &mut Draft, seed: &Seed) {
        let name = draft.name(NAMES, &mut seed.derive("name").rng());
        let labels = PARTS.map(|part| draft.labels_for(part, seed));
        let share = 0.8 - 0.35 * draft.settings.subtlety;
        let note = ColumnNote::new(&name, Job::CaseClose)
            .confessing("Cleared on some files when the case is closed, after the decision.");
        let field = numeric(&name, Kind::Number, "Second reading; empty if there is none on file.");
        draft.push(note, &field, |_, part| {
            let mut rng = seed.derive(&format!("values/{}", part as usize)).rng();
            let value = |positive: &bool| {
                let reading = round_to(12.0 + 2.0 * rng.normal(), 2);
                if rng.chance(if *positive { share } else { SHARE_NEGATIVE }) { f64::NAN } else { reading }
            };
            Column::Number(labels[part as usize].iter().map(value).collect())
        });
        draft.planted.push(planted(
            self,
            &[&name],
            "its job runs when the case is closed, after the decision",
        ));
    }
}
