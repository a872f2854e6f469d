//! K3: an aggregate over a window that begins at the row and looks ahead.

use envy_core::Seed;
use envy_tabular::{Column, Kind, field::round_to};

use super::{Operator, name_of, planted};
use crate::leakage::draft::{Action, ColumnNote, Draft, Job, Part, numeric};
use crate::leakage::world::MOMENT;

/// K3.
pub(super) struct FutureWindow;

const NAMES: &[&str] = &["activity_30d", "recent_mean", "rolling_level", "period_trend"];

impl Operator for FutureWindow {
    fn name(&self) -> &'static str {
        "future-window"
    }

    fn code(&self) -> &'static str {
        "K3"
    }

    fn doc(&self) -> &'static str {
        "a rolling mean of outcomes whose window begins at the row and looks ahead"
    }

    fn action(&self) -> Action {
        Action::Drop
    }

    fn plant(&self, draft: &mut Draft, seed: &Seed) {
        let name = name_of(draft, seed, "leak_global_target_mean", NAMES);
        let width = 3 + (6.0 * draft.settings.subtlety).round() as usize;
        // Rows of both visible parts, in the order of time.
        let mut order: Vec<(i64, usize, bool)> = Vec::new();
        for part in [Part::Train, Part::Test] {
            let rows = draft.part(part);
            let at = part as usize * draft.part(Part::Train).len();
            order.extend((0..rows.len()).map(|row| (rows.moments[row], at + row, rows.positive[row])));
        }
        order.sort_unstable();
        let mut ahead = vec![0.0; order.len()];
        for (place, (_, row, _)) in order.iter().enumerate() {
            let window = &order[place..(place + width).min(order.len())];
            let positives = window.iter().filter(|(_, _, positive)| *positive).count();
            ahead[*row] = positives as f64 / window.len() as f64;
        }
        let share = draft.train_share();
        let note = ColumnNote::new(&name, Job::Export)
            .confessing("Looks ahead: the window begins at the row and ends after the decision.")
            .computed(format!(
                "AVG(target) OVER (ORDER BY {MOMENT} ROWS BETWEEN CURRENT ROW AND {} FOLLOWING)",
                width - 1
            ));
        let train_rows = draft.part(Part::Train).len();
        let field = numeric(&name, Kind::Number, "Rolling level of the process.");
        draft.push(note, &field, |rows, part| {
            let mut rng = seed.derive(&format!("blank/{}", part as usize)).rng();
            let value = |row: usize| match part {
                Part::Train => ahead[row],
                Part::Test => ahead[train_rows + row],
                // Nobody knows outcomes ahead: another window's mean.
                _ => (0..width).filter(|_| rng.chance(share)).count() as f64 / width as f64,
            };
            Column::Number((0..rows.len()).map(value).map(|value| round_to(value, 4)).collect())
        });
        draft.planted.push(planted(self, &[&name], "the ETL's window frame ends in FOLLOWING"));
    }
}
