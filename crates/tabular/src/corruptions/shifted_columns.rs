//! R5, shifted columns: some of a source's lines have a separator too many, and every cell slips to the right.
//!
//! In life: a comma in free text that was not quoted, an empty field of an old form. Parameters: none. Evidence: lines
//! with an empty first cell whose other cells are legal one column further left. Inverse: the cells move back; the last
//! one fell off the line, but it is computed from others, exact. Literature: ragged and shifted records in CSV files
//! (van den Burg et al. 2019; Döhmen et al. 2017).

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::Table;

/// Every cell of some lines slips to the right.
pub(super) struct ShiftedColumns;

impl Corruption for ShiftedColumns {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "R5",
            name: "shifted-columns",
            class: Fairness::Exact,
            rate: 0.8,
            share: 1.0,
            doc: "In some lines of a source every cell stands one column too far right, and the last is lost.",
            notes: &[
                "some lines have a separator too many after the stamp of the loader",
                "an empty field of the old form was left in front of the others",
                "unquoted commas in the remarks, which are no longer exported, still move what follows",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let fields = &site.table.fields;
        // What falls off the line is the last cell: only where that one can be computed does the line come back whole.
        let last = fields.iter().rposition(|field| field.role.is_domain() && field.formula.is_some())?;
        let is_moved = |field: &&crate::Field| field.role.is_domain();
        let block: Vec<&str> =
            fields[..=last].iter().filter(is_moved).map(|field| field.name.as_str()).collect();
        let formula = fields[last].formula.clone()?;
        let reads: Vec<String> = formula.columns().into_iter().map(str::to_owned).collect();
        if block.len() < 3 || !reads.iter().all(|name| block[..block.len() - 1].contains(&name.as_str())) {
            return None;
        }
        let mut plan = Plan::new(&block, json!({}));
        let shifted = Repair::new(site.source, &block, Fix::Unshift);
        let (source, column) = (site.source.to_owned(), block[0].to_owned());
        plan.evidence.push(Evidence::Gaps { source, column });
        plan.evidence.push(Evidence::BecomesLegal { repair: shifted.clone() });
        plan.evidence.push(site.log(rng, self.info(), &[]));
        plan.repairs.push(shifted);
        let fill = Fix::Fill { formula };
        plan.repairs.push(Repair::new(site.source, &[&fields[last].name], fill));
        Some(plan)
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let mut columns = Vec::with_capacity(plan.columns.len());
        for name in &plan.columns {
            columns.push(table.require(name)?);
        }
        // A gap of its own would move the line twice, or keep the last cell from being computed.
        let is_whole = |row: &usize| columns.iter().all(|column| !table.value(*row, *column).is_missing());
        Ok((0..table.rows()).filter(is_whole).collect())
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let mut columns = Vec::with_capacity(plan.columns.len());
        for name in &plan.columns {
            columns.push(draft.table().require(name)?);
        }
        for &line in lines {
            let mut carried = String::new();
            for column in &columns {
                let own = draft.text(line, *column);
                draft.set(line, *column, &carried);
                carried = own;
            }
        }
        Ok(())
    }
}
