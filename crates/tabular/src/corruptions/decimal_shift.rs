//! N2, decimal shift: figures typed with the point in the wrong place.
//!
//! In life: 17.24 for 172.4, a form that eats the point. Parameters: the power of ten. Evidence: values outside the
//! legal range that exactly one power of ten brings back. Inverse: that power, exact; cells that would have several
//! ways back are left alone. Literature: order-of-magnitude errors in the Catalog of Data Errors.

use envy_core::Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, reaches};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::{Field, Kind};
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::Table;
use crate::text::parse_number;

/// The powers of ten by which a point slips.
const POWERS: [i32; 4] = [-2, -1, 1, 2];

/// Figures typed with the point in the wrong place.
pub(super) struct DecimalShift;

#[derive(Serialize, Deserialize)]
struct Parameters {
    /// The written value is the true one times ten to this power.
    power: i32,
}

impl Corruption for DecimalShift {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N2",
            name: "decimal-shift",
            class: Fairness::Exact,
            rate: 0.5,
            share: 0.6,
            doc: "A source types numbers with the decimal point one or two places off.",
            notes: &[
                "the keypad drops the decimal point of {column}",
                "decimal point of {column} is typed by hand and at times in the wrong place",
                "scanned forms lose the point of {column} now and then",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let ranged = |field: &Field| field.kind.is_numeric() && field.range.is_some();
        for column in site.columns(rng, |field, _| ranged(field)) {
            let field = &site.table.fields[column];
            let mut powers = POWERS;
            rng.shuffle(&mut powers);
            for power in powers {
                let plan = plan(rng, site, field, power)?;
                if reaches(self, &plan, site.table) {
                    return Some(plan);
                }
            }
        }
        None
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let (column, parameters) = (plan.column(table)?, plan.read::<Parameters>()?);
        let Some(Repair { fix, .. }) = plan.repairs.first() else { return Ok(Vec::new()) };
        let comes_back = |row: &usize| {
            let text = table.text(*row, column);
            let back = shifted(&text, parameters.power).and_then(|written| fix.cell(&written));
            back.is_some_and(|back| parse_number(&back) == parse_number(&text))
        };
        Ok((0..table.rows()).filter(comes_back).collect())
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let (column, parameters) = (plan.column(draft.table())?, plan.read::<Parameters>()?);
        for &line in lines {
            if let Some(written) = shifted(&draft.text(line, column), parameters.power) {
                draft.set(line, column, &written);
            }
        }
        Ok(())
    }
}

fn plan(rng: &mut Rng, site: &Site, field: &Field, power: i32) -> Option<Plan> {
    let (low, high) = field.range?;
    let decimals = if field.kind == Kind::Integer { Some(0) } else { field.decimals };
    let repair = Repair::new(site.source, &[&field.name], Fix::DecimalShift { low, high, decimals });
    let mut plan = Plan::new(&[&field.name], json!(Parameters { power }));
    plan.evidence.push(Evidence::BecomesLegal { repair: repair.clone() });
    plan.evidence.push(site.log(rng, DecimalShift.info(), &[("column", &field.name)]));
    plan.repairs.push(repair);
    Some(plan)
}

/// The figures of a plain decimal text with the point moved; nothing if the text is no plain decimal.
fn shifted(text: &str, power: i32) -> Option<String> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() || !(whole.bytes().chain(fraction.bytes())).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let fraction = if fraction == "0" { "" } else { fraction };
    let zeros = "0".repeat(power.unsigned_abs() as usize);
    let figures = format!("{zeros}{whole}{fraction}{zeros}");
    let point = (zeros.len() + whole.len()) as i32 + power;
    let (whole, fraction) = figures.split_at(point as usize);
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{sign}{whole}{point}{fraction}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_moves_through_the_figures() {
        let moved = |text, power| shifted(text, power).unwrap();
        assert_eq!(moved("172.4", -1), "17.24");
        assert_eq!(moved("172.4", -2), "1.724");
        assert_eq!(moved("172.4", 2), "17240");
        assert_eq!(moved("5.0", -1), "0.5");
        assert_eq!(moved("-0.25", 1), "-2.5");
        assert_eq!(moved("60", -2), "0.6");
        assert_eq!(shifted("1e16", 1), None);
        assert_eq!(shifted("", 1), None);
    }
}
