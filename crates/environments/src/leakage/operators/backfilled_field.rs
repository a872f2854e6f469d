//! K4: a field that is legal as it was first written, and that a backfill overwrites on positive rows.

use envy_core::Seed;
use envy_tabular::{Column, Kind, field::round_to, time::DAY_S};

use super::{Operator, planted};
use crate::leakage::draft::{Action, ColumnNote, Draft, Job, PARTS, Part, numeric};
use crate::leakage::world::named;

/// K4.
pub(super) struct BackfilledField;

const NAMES: &[&str] = &["profile_score", "segment_points", "file_grade"];
/// Share of the negative rows that are written again, too.
const NEGATIVE_SHARE: f64 = 0.06;

impl Operator for BackfilledField {
    fn name(&self) -> &'static str {
        "backfilled-field"
    }

    fn code(&self) -> &'static str {
        "K4"
    }

    fn doc(&self) -> &'static str {
        "a score that is written again after the decision, mostly on positive rows"
    }

    fn action(&self) -> Action {
        Action::MaskByTime
    }

    fn plant(&self, draft: &mut Draft, seed: &Seed) {
        let name = draft.name(NAMES, &mut seed.derive("name").rng());
        let moment = format!("{name}_updated_at");
        let Some(base) = draft.numeric.first().cloned() else { return };
        let late = PARTS.map(|part| {
            let mut rng = seed.derive(&format!("late/{}", part as usize)).rng();
            let share = |positive: bool| if positive { draft.settings.backfill } else { NEGATIVE_SHARE };
            let rows = draft.part(part);
            // In the field nothing has been written again yet.
            rows.positive
                .iter()
                .map(|positive| rng.chance(share(*positive)) && part.leaks())
                .collect::<Vec<bool>>()
        });
        let (median, spread) = centre(&named(&draft.part(Part::Train).table, &base).1.numbers());
        let gap = 0.8 * draft.separation();
        let note = ColumnNote::new(&name, Job::Intake).confessing(
            "Written again when the case is closed, after the decision; see when it was updated.",
        );
        let field =
            numeric(&name, Kind::Number, "Score of the file, written at intake and whenever it is revised.");
        draft.push(note, &field, |rows, part| {
            let mut rng = seed.derive(&format!("values/{}", part as usize)).rng();
            let known = named(&rows.table, &base).1.numbers();
            let value = |(row, known): (usize, &f64)| {
                let z = ((known - median) / spread).clamp(-3.0, 3.0);
                let revised = if late[part as usize][row] { gap } else { 0.0 };
                round_to(50.0 + 10.0 * (0.5 * z + 0.9 * rng.normal() + revised), 1)
            };
            Column::Number(known.iter().enumerate().map(value).collect())
        });
        let note = ColumnNote::new(&moment, Job::Intake);
        let field = numeric(&moment, Kind::Time, "When the score was last written.");
        draft.push(note, &field, |rows, part| {
            let mut rng = seed.derive(&format!("moments/{}", part as usize)).rng();
            let at = |(row, recorded): (usize, &i64)| {
                let days = 1 + rng.below(20) as i64;
                Some(if late[part as usize][row] { recorded + days * DAY_S } else { recorded - days * DAY_S })
            };
            Column::Time(rows.moments.iter().enumerate().map(at).collect())
        });
        let mut leak = planted(self, &[&name], "its moment of update is later than the row's on some rows");
        leak.late_by = Some(moment);
        draft.planted.push(leak);
    }
}

/// Mean and standard deviation.
fn centre(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let square =
        values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / values.len().max(1) as f64;
    (mean, libm::sqrt(square).max(1e-9))
}
