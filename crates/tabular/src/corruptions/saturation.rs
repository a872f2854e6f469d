//! N8, saturation: a source cannot read a column beyond its full scale.
//!
//! In life: a sensor at its end stop, a gauge without enough marks, a field of too few digits. Parameters: the full
//! scale. Evidence: a spike at one value, with nothing above it. Inverse: none; the mean of what lies above it
//! elsewhere is the best guess. Literature: censoring (Tobin 1958); clipping in sensor fault models (Ni et al. 2009).

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread, reaches};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::{Field, Kind, round_to};
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::Table;
use crate::text::write_number;

/// The full scale lies at one of these quantiles.
const QUANTILES: (f64, f64) = (0.4, 0.55);

/// A source cannot read a column beyond its full scale.
pub(super) struct Saturation;

impl Corruption for Saturation {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N8",
            name: "saturation",
            class: Fairness::Partial,
            rate: 0.4,
            share: 0.3,
            doc: "A source writes its full scale wherever a numeric column is greater.",
            notes: &[
                "the instrument for {column} ends at {value}",
                "full scale of {column} is {value}, more is not shown",
                "{column} was recorded with a range of up to {value}",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        for column in site.columns(rng, |field, _| field.kind.is_numeric()) {
            let field = &site.table.fields[column];
            if Spread::of(&site.table.columns[column]).is_none() {
                continue;
            }
            let mut values = site.table.columns[column].numbers().into_owned();
            values.retain(|value| value.is_finite());
            values.sort_unstable_by(f64::total_cmp);
            let place = (values.len() - 1) as f64 * rng.between(QUANTILES.0, QUANTILES.1);
            let limit = values[place as usize];
            let above: Vec<f64> = values.iter().copied().filter(|value| *value > limit).collect();
            if above.is_empty() {
                continue;
            }
            let guess = above.iter().sum::<f64>() / above.len() as f64;
            let (text, guess) = (written(field, limit), written(field, guess));
            let map = [(text.clone(), guess)].into_iter().collect();
            let mut plan = Plan::new(&[&field.name], json!({ "limit": limit }));
            plan.repairs.push(Repair::new(site.source, &[&field.name], Fix::Recode { map }));
            let (source, column) = (site.source.to_owned(), field.name.clone());
            plan.evidence.push(Evidence::Spike { source, column, value: text.clone() });
            let values = [("column", field.name.as_str()), ("value", text.as_str())];
            plan.evidence.push(site.log(rng, self.info(), &values));
            if reaches(self, &plan, site.table) {
                return Some(plan);
            }
        }
        None
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let (column, limit) = (plan.column(table)?, limit(plan));
        Ok((0..table.rows()).filter(|row| table.value(*row, column).as_number() > limit).collect())
    }

    fn hits_all(&self) -> bool {
        true
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let column = plan.column(draft.table())?;
        let text = written(&draft.table().fields[column], limit(plan));
        for &line in lines {
            draft.set(line, column, &text);
        }
        Ok(())
    }
}

fn limit(plan: &Plan) -> f64 {
    plan.parameters["limit"].as_f64().unwrap_or(f64::INFINITY)
}

/// A number as the column's own cells are written, to its recorded digits.
fn written(field: &Field, value: f64) -> String {
    if field.kind == Kind::Integer {
        return format!("{value:.0}");
    }
    write_number(field.decimals.map_or(value, |decimals| round_to(value, decimals)))
}
