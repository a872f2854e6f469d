//! R4, furniture: a source's export holds lines that are no records: headers again, and totals.
//!
//! In life: pages of a report pasted one under the other, subtotals of a spreadsheet; the loader gives each line an id.
//! Parameters: none. Evidence: lines whose first column holds its own name or the word Total. Inverse: they are left
//! out, exact. Literature: structure detection in verbose CSV files (Jiang et al. 2021); Adelfio and Samet 2013.

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::{Kind, Role, round_to};
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::text::{parse_number, write_number};

/// What the line of a sum begins with.
const TOTAL: &str = "Total";
/// Digits after the point of a sum.
const DECIMALS: u8 = 2;

/// A source's export holds lines that are no records.
pub(super) struct Furniture;

impl Corruption for Furniture {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "R4",
            name: "furniture",
            class: Fairness::Exact,
            rate: 0.35,
            share: 0.2,
            doc: "A source's export repeats its header and holds lines of totals, each under an id of its own.",
            notes: &[
                "pages of the report are pasted one under the other, headers and totals included",
                "the export prints a header and a line of totals on every page",
                "subtotals and repeated headings are part of the sheet that is sent",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let fields = &site.table.fields;
        let first = fields.iter().find(|field| field.role.is_domain())?;
        if first.levels.iter().any(|level| level == TOTAL || *level == first.name) {
            return None;
        }
        let is_filled = |role: Role| !matches!(role, Role::Id | Role::Source | Role::Time);
        let columns: Vec<&str> = std::iter::once(first.name.as_str())
            .chain(
                fields.iter().filter(|f| is_filled(f.role) && f.name != first.name).map(|f| f.name.as_str()),
            )
            .collect();
        let marks = vec![first.name.clone(), TOTAL.to_owned()];
        let mut plan = Plan::new(&columns, json!({ "marks": marks }));
        for value in &marks {
            let (source, column) = (site.source.to_owned(), first.name.clone());
            plan.evidence.push(Evidence::Spike { source, column, value: value.clone() });
        }
        plan.evidence.push(site.log(rng, self.info(), &[]));
        plan.repairs.push(Repair::new(site.source, &[&first.name], Fix::Discard { marks }));
        Some(plan)
    }

    fn apply(
        &self,
        rng: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let mut columns = Vec::with_capacity(plan.columns.len());
        for name in &plan.columns {
            columns.push(draft.table().require(name)?);
        }
        let mut sums = vec![0.0; columns.len()];
        for &line in lines {
            for (sum, column) in sums.iter_mut().zip(&columns) {
                *sum += parse_number(&draft.text(line, *column)).unwrap_or(0.0);
            }
            let is_header = rng.chance(0.5);
            let copy = draft.repeat(rng, line, 0);
            for (place, column) in columns.iter().enumerate() {
                let field = &draft.table().fields[*column];
                let is_summed = field.role != Role::Target && field.kind.is_numeric();
                let text = match (is_header, place) {
                    (true, _) => field.name.clone(),
                    (false, 0) => TOTAL.to_owned(),
                    (false, _) if is_summed && field.kind == Kind::Integer => format!("{:.0}", sums[place]),
                    (false, _) if is_summed => write_number(round_to(sums[place], DECIMALS)),
                    (false, _) => String::new(),
                };
                draft.set(copy, *column, &text);
            }
        }
        Ok(())
    }
}
