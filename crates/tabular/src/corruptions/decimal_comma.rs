//! N3, decimal comma: a source writes numbers as its country does.
//!
//! In life: a spreadsheet exported under another locale. Parameters: the format. Evidence: cells that are no number
//! under the dictionary and become one. Inverse: exact. Literature: format errors in Raha's and the beers data.

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::Kind;
use crate::ledger::Fairness;
use crate::repair::{Fix, NumberFormat, Repair};
use crate::table::Table;

/// The formats that write a fraction otherwise than this project does.
const FORMATS: [NumberFormat; 2] = [NumberFormat::DotComma, NumberFormat::BlankComma];

/// A source writes numbers as its country does.
pub(super) struct DecimalComma;

impl Corruption for DecimalComma {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N3",
            name: "decimal-comma",
            class: Fairness::Exact,
            rate: 1.0,
            share: 0.7,
            doc: "A source writes every number with a decimal comma and separates thousands.",
            notes: &[
                "the export follows a local number format, such as {example}",
                "regional settings of the server changed, numbers look like {example}",
                "figures are written as in the local bookkeeping: {example}",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        // A locale is the whole export's: it leaves no column of fractions out.
        let columns = site.columns(rng, |field, _| field.kind == Kind::Number);
        let names: Vec<&str> = columns.iter().map(|column| site.name(*column)).collect();
        let format = *rng.pick(&FORMATS);
        let repair = Repair::new(site.source, &names, Fix::Number { format });
        let mut plan = Plan::new(&names, json!({ "format": format }));
        let example = format.write("1234.5")?;
        plan.evidence.push(Evidence::BecomesLegal { repair: repair.clone() });
        plan.evidence.push(site.log(rng, self.info(), &[("example", &example)]));
        plan.repairs.push(repair);
        (!names.is_empty()).then_some(plan)
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let mut bites = vec![false; table.rows()];
        let mut sound = vec![true; table.rows()];
        for (format, name) in formats(plan) {
            let column = table.require(name)?;
            for row in 0..table.rows() {
                let text = table.text(row, column);
                let written = format.write(&text);
                bites[row] |= written.as_ref().is_some_and(|written| *written != text);
                // What this format cannot write (1e16) would stand among its own and be misread.
                sound[row] &= written.is_some() || text.is_empty();
            }
        }
        Ok((0..table.rows()).filter(|row| bites[*row] && sound[*row]).collect())
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        for (format, name) in formats(plan) {
            let column = draft.table().require(name)?;
            for &line in lines {
                if let Some(written) = format.write(&draft.text(line, column)) {
                    draft.set(line, column, &written);
                }
            }
        }
        Ok(())
    }
}

/// The format of each column.
fn formats(plan: &Plan) -> impl Iterator<Item = (NumberFormat, &str)> {
    let of = |repair: &'_ Repair| match repair.fix {
        Fix::Number { format } => Some(format),
        _ => None,
    };
    plan.repairs
        .iter()
        .filter_map(move |repair| Some((of(repair)?, &repair.columns)))
        .flat_map(|(format, columns)| columns.iter().map(move |name| (format, name.as_str())))
}
