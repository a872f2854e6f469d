//! N1, unit: a source writes columns in another unit.
//!
//! In life: a device set to pounds, a firmware update that reports Fahrenheit, a branch that books in thousands.
//! Parameters: the unit of each column. Evidence: the dictionary lists the unit, the source's quantiles differ by
//! just that factor, a derived column disagrees. Inverse: affine, rounded to the column's recorded digits, exact.
//! Literature: `WrongUnit` of `tab_err`; BART's systematic errors.

use std::collections::BTreeMap;

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread, affine};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::{Field, Unit};
use crate::ledger::Fairness;
use crate::table::Table;

/// The most columns that change their unit together.
const COLUMNS_MAX: usize = 3;
/// A unit is chosen only if it moves the median by so many interquartile ranges: others could not be told.
const SHIFT_MIN: f64 = 0.6;
/// Factors between units in wide use, for tables whose dictionary names none.
const COMMON_FACTORS: [f64; 6] = [2.2046, 2.54, 1.609, 0.3048, 10.0, 1000.0];

/// A source writes columns in another unit.
pub(super) struct UnitChange;

impl Corruption for UnitChange {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N1",
            name: "unit",
            class: Fairness::Exact,
            rate: 1.0,
            share: 1.0,
            doc: "A source writes up to three numeric columns in another unit.",
            notes: &[
                "{column} is now reported in {unit}",
                "since the update of the device {column} comes in {unit}",
                "unit of {column} set to {unit} on request of the site",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let listed = site.table.fields.iter().any(|field| !field.units.is_empty());
        let mut plan = Plan::new(&[], json!(null));
        let mut units = BTreeMap::new();
        for column in site.columns(rng, |field, _| field.kind.is_numeric()) {
            let field = &site.table.fields[column];
            let Some(spread) = Spread::of(&site.table.columns[column]) else { continue };
            let mut known = if listed { field.units.clone() } else { common_units() };
            let shift = |unit: &Unit| (unit.write(spread.median) - spread.median).abs() / spread.iqr;
            known.retain(|unit| shift(unit) >= SHIFT_MIN);
            // The unit that is most easily mistaken: a factor of a thousand sets the rows apart from all others, and
            // a model learns around them.
            let Some(unit) = known.iter().min_by(|a, b| shift(a).total_cmp(&shift(b))) else { continue };
            let repair = affine::repair(site.source, field, unit.factor, unit.offset);
            if listed {
                let (column, unit) = (field.name.clone(), unit.name.clone());
                plan.evidence.push(Evidence::DictionaryUnit { column, unit });
            }
            plan.evidence.push(Evidence::QuantilesAgree { repair: repair.clone() });
            plan.evidence.extend(derived(site, field).map(|column| {
                let repair = repair.clone();
                Evidence::DerivedAgrees { column, repair }
            }));
            let values = [("column", field.name.as_str()), ("unit", unit.name.as_str())];
            plan.evidence.push(site.log(rng, self.info(), &values));
            units.insert(field.name.clone(), unit.name.clone());
            plan.columns.push(field.name.clone());
            plan.repairs.push(repair);
            if plan.columns.len() == COLUMNS_MAX {
                break;
            }
        }
        plan.parameters = json!({ "units": units });
        (!plan.columns.is_empty()).then_some(plan)
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        affine::candidates(plan, table)
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        affine::apply(plan, lines, draft)
    }
}

fn common_units() -> Vec<Unit> {
    let unit = |factor: f64| Unit { name: format!("units of 1/{factor}"), factor, offset: 0.0 };
    COMMON_FACTORS.iter().map(|factor| unit(*factor)).collect()
}

/// The derived columns that are computed from the field, and itself if it is one.
fn derived(site: &Site, field: &Field) -> impl Iterator<Item = String> {
    let reads = |other: &&Field| {
        other.formula.as_ref().is_some_and(|formula| {
            other.name == field.name || formula.columns().contains(&field.name.as_str())
        })
    };
    site.table.fields.iter().filter(reads).map(|other| other.name.clone()).collect::<Vec<_>>().into_iter()
}
