//! N6, sentinel: a source writes a constant where it has no reading.
//!
//! In life: -999 of a data logger, 9999 of a form that must not stay empty. Parameters: the constant. Evidence: a
//! spike at a value outside the legal range. Inverse: none for the value; taking the constant back is what can be
//! asked, and a derived column can be computed again. Literature: disguised missing values (Pearson 2006; FAHES).

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::Table;

/// What loggers and forms write.
const CONSTANTS: [&str; 6] = ["-999", "-1", "9999", "999", "0", "-9999"];

/// A source writes a constant where it has no reading.
pub(super) struct Sentinel;

impl Corruption for Sentinel {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N6",
            name: "sentinel",
            class: Fairness::Partial,
            rate: 0.6,
            share: 0.3,
            doc: "A source writes a constant such as -999 where a numeric column has no reading.",
            notes: &[
                "{column} is stored as {value} when there is no reading",
                "the logger writes {value} for a {column} it could not take",
                "{value} in {column} means not measured",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        for column in site.columns(rng, |field, _| field.kind.is_numeric()) {
            let field = &site.table.fields[column];
            let Some(spread) = Spread::of(&site.table.columns[column]) else { continue };
            // Where no range is given, what lies well outside the values seen is no reading.
            let (low, high) =
                field.range.unwrap_or((spread.least - spread.iqr, spread.greatest + spread.iqr));
            let outside = |text: &&&str| text.parse().is_ok_and(|value: f64| value < low || value > high);
            let constants: Vec<&str> = CONSTANTS.iter().filter(outside).copied().collect();
            if constants.is_empty() {
                continue;
            }
            let value = (*rng.pick(&constants)).to_owned();
            let (source, name) = (site.source.to_owned(), field.name.clone());
            let mut plan = Plan::new(&[&name], json!({ "value": value }));
            plan.repairs.push(Repair::new(&source, &[&name], Fix::Sentinel { values: vec![value.clone()] }));
            if let Some(formula) = field.formula.clone() {
                plan.repairs.push(Repair::new(&source, &[&name], Fix::Fill { formula }));
            }
            plan.evidence.push(site.log(rng, self.info(), &[("column", &name), ("value", &value)]));
            plan.evidence.push(Evidence::Spike { source, column: name, value });
            return Some(plan);
        }
        None
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let column = plan.column(table)?;
        Ok((0..table.rows()).filter(|row| !table.value(*row, column).is_missing()).collect())
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let column = plan.column(draft.table())?;
        for repair in &plan.repairs {
            let Fix::Sentinel { values } = &repair.fix else { continue };
            for (line, value) in lines.iter().zip(values.iter().cycle()) {
                draft.set(*line, column, value);
            }
        }
        Ok(())
    }
}
