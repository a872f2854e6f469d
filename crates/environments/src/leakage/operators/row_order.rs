//! K6: rows come in blocks that were sorted by the outcome, and a column names the block.

use envy_core::Seed;
use envy_tabular::{Column, Kind};

use super::{Operator, Phase, planted};
use crate::leakage::draft::{Action, ColumnNote, Draft, Job, PARTS, Part, numeric};
use crate::leakage::world::named;

/// K6.
pub(super) struct RowOrder;

const NAMES: &[&str] = &["export_part", "batch_no", "file_part"];
const BLOCKS: i64 = 8;

impl Operator for RowOrder {
    fn name(&self) -> &'static str {
        "row-order"
    }

    fn code(&self) -> &'static str {
        "K6"
    }

    fn doc(&self) -> &'static str {
        "rows in blocks that the archive sorted by outcome, with the block's number beside them"
    }

    fn action(&self) -> Action {
        Action::Drop
    }

    fn phase(&self) -> Phase {
        Phase::Order
    }

    fn plant(&self, draft: &mut Draft, seed: &Seed) {
        let name = draft.name(NAMES, &mut seed.derive("name").rng());
        let labels = PARTS.map(|part| draft.labels_for(part, seed));
        let gap = draft.separation();
        let note = ColumnNote::new(&name, Job::Export).confessing("Part of the export; the archive, which sorts cases by outcome after the decision, made the parts.").computed(format!("NTILE({BLOCKS}) OVER (ORDER BY archive_shelf(target))"));
        let field = numeric(&name, Kind::Integer, "Part of the export that the row came in.");
        draft.push(note, &field, |_, part| {
            let mut rng = seed.derive(&format!("values/{}", part as usize)).rng();
            let value = |positive: &bool| {
                let shifted = rng.normal() + if *positive { gap } else { 0.0 } - gap / 2.0;
                Some(((1.0 / (1.0 + libm::exp(-1.2 * shifted)) * BLOCKS as f64) as i64 + 1).min(BLOCKS))
            };
            Column::Integer(labels[part as usize].iter().map(value).collect())
        });
        for part in [Part::Train, Part::Test] {
            let rows = draft.part(part);
            let blocks = named(&rows.table, &name).1.numbers().into_owned();
            let mut order: Vec<usize> = (0..rows.len()).collect();
            order.sort_by(|a, b| blocks[*a].total_cmp(&blocks[*b]));
            draft.parts[part as usize] = rows.take(&order);
        }
        draft.planted.push(planted(self, &[&name], "the ETL orders the parts by the target"));
    }
}
