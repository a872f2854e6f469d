//! N16, outlier: single readings far outside anything possible.
//!
//! In life: an electric spike, two keys struck at once. Parameters: the legal range that is left. Evidence: values
//! outside it. Inverse: none for the value; taking it back is what can be asked, and a derived column can be computed
//! again. Literature: gross errors of robust statistics (Huber 1964); `tab_err`'s `Outlier`.

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::{Kind, round_to};
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::Table;
use crate::text::write_number;

/// How far outside the range, in interquartile ranges.
const DISTANCE_IQR: (f64, f64) = (2.0, 12.0);

/// Single readings far outside anything possible.
pub(super) struct Outlier;

impl Corruption for Outlier {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N16",
            name: "outlier",
            class: Fairness::Partial,
            rate: 0.4,
            share: 0.3,
            doc: "A source has single readings far outside the legal range.",
            notes: &[
                "{column} spikes when the supply is switched",
                "loose contact at the sensor of {column}, single readings jump",
                "interference on the line of {column} was reported",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        for column in site.columns(rng, |field, _| field.kind.is_numeric() && field.range.is_some()) {
            let field = &site.table.fields[column];
            let (Some((low, high)), Some(_)) = (field.range, Spread::of(&site.table.columns[column])) else {
                continue;
            };
            let (source, name) = (site.source, field.name.as_str());
            let mut plan = Plan::new(&[name], json!({ "low": low, "high": high }));
            plan.repairs.push(Repair::new(source, &[name], Fix::OutOfRange { low, high }));
            if let Some(formula) = field.formula.clone() {
                plan.repairs.push(Repair::new(source, &[name], Fix::Fill { formula }));
            }
            plan.evidence.push(Evidence::OutOfRange { source: source.to_owned(), column: name.to_owned() });
            plan.evidence.push(site.log(rng, self.info(), &[("column", name)]));
            return Some(plan);
        }
        None
    }

    fn apply(
        &self,
        rng: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let column = plan.column(draft.table())?;
        let field = &draft.table().fields[column];
        let decimals = if field.kind == Kind::Integer { 0 } else { field.decimals.unwrap_or(2) };
        let (low, high) = field.range.unwrap_or_default();
        let iqr = Spread::of(&draft.table().columns[column]).map_or(high - low, |spread| spread.iqr);
        // Beyond the range by at least what the column records, whatever the rounding does.
        let least = 1.0_f64.max(DISTANCE_IQR.0 * iqr);
        for &line in lines {
            let distance = least + rng.uniform() * (DISTANCE_IQR.1 - DISTANCE_IQR.0) * iqr;
            let value = if rng.chance(0.5) { high + distance } else { low - distance };
            draft.set(line, column, &write_number(round_to(value, decimals)));
        }
        Ok(())
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let column = plan.column(table)?;
        Ok((0..table.rows()).filter(|row| !table.value(*row, column).is_missing()).collect())
    }
}
