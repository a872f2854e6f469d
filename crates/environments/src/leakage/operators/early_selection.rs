//! K11: columns are selected on all rows, then the selection is cross-validated.

use envy_core::Seed;
use envy_tabular::{Column, Kind, field::round_to};

use super::{Operator, planted};
use crate::leakage::draft::{Action, ColumnNote, Draft, Job, numeric};

/// Columns of noise.
const NOISE_COLUMNS: usize = 40;

/// K11.
pub(super) struct EarlySelection;

impl Operator for EarlySelection {
    fn name(&self) -> &'static str {
        "early-selection"
    }

    fn code(&self) -> &'static str {
        "K11"
    }

    fn doc(&self) -> &'static str {
        "many columns of noise, and helper code that selects the best before it splits"
    }

    fn action(&self) -> Action {
        Action::FitInFold
    }

    fn plant(&self, draft: &mut Draft, seed: &Seed) {
        for number in 0..NOISE_COLUMNS {
            let name = format!("signal_{:02}", number + 1);
            let note = ColumnNote::new(&name, Job::Intake);
            let field = numeric(&name, Kind::Number, "Reading of an auxiliary channel.");
            draft.push(note, &field, |rows, part| {
                let mut rng = seed.derive(&format!("noise/{number}/{}", part as usize)).rng();
                Column::Number((0..rows.len()).map(|_| round_to(rng.normal(), 2)).collect())
            });
        }
        draft.helpers.push(include_str!("early_selection.py"));
        draft.planted.push(planted(
            self,
            &[],
            "helpers.select_and_score selects on all rows before it splits",
        ));
    }
}
