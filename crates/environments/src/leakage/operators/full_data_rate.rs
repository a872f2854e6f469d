//! K2: the rate of positive labels by category, computed over all rows, the row's own label included.

use envy_core::Seed;
use envy_tabular::{Column, Kind, field::round_to};

use super::{Operator, name_of, planted};
use crate::leakage::draft::{Action, ColumnNote, Draft, Job, Part, numeric};
use crate::leakage::world::{Rows, named};

/// K2.
pub(super) struct FullDataRate;

const NAMES: &[&str] = &["office_index", "site_level", "regional_factor", "office_profile"];

impl Operator for FullDataRate {
    fn name(&self) -> &'static str {
        "full-data-rate"
    }

    fn code(&self) -> &'static str {
        "K2"
    }

    fn doc(&self) -> &'static str {
        "the share of positive rows of the office over train and test together, the row itself included"
    }

    fn action(&self) -> Action {
        Action::OutOfFold
    }

    fn plant(&self, draft: &mut Draft, seed: &Seed) {
        let Some(category) = draft.category.clone() else { return };
        let name = name_of(draft, seed, "leak_cat0_rate_full", NAMES);
        let codes = |rows: &Rows| codes(rows, &category);
        let levels = named(&draft.part(Part::Train).table, &category).0.levels.len();
        let mut sums = vec![(0.0, 0.0); levels];
        for part in [Part::Train, Part::Test] {
            let rows = draft.part(part);
            for (code, positive) in codes(rows).iter().zip(&rows.positive) {
                sums[*code].0 += f64::from(u8::from(*positive));
                sums[*code].1 += 1.0;
            }
        }
        let share = draft.train_share();
        // In the field the rate is that of the rows so far, which holds no label of the row itself.
        let rate = |code: usize| if sums[code].1 > 0.0 { sums[code].0 / sums[code].1 } else { share };
        let note = ColumnNote::new(&name, Job::Export)
            .confessing(
                "Share of positive outcomes of the office over the whole export, the row's own included.",
            )
            .computed(format!("AVG(target) OVER (PARTITION BY {category})"));
        let field = numeric(&name, Kind::Number, "Index of the office, from 0 to 1.");
        draft.push(note, &field, |rows, _| {
            Column::Number(codes(rows).into_iter().map(|code| round_to(rate(code), 4)).collect())
        });
        draft.planted.push(planted(
            self,
            &[&name],
            "the ETL averages the target over all rows of the office",
        ));
    }
}

fn codes(rows: &Rows, category: &str) -> Vec<usize> {
    match named(&rows.table, category).1 {
        Column::Category(codes) => codes.iter().map(|code| code.unwrap_or(0) as usize).collect(),
        _ => vec![0; rows.len()],
    }
}
