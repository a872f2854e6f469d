//! What the operators share that set a source's clock wrong by a constant.

use serde_json::Value as Json;

use super::{Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::{Evidence, is_in_order};
use crate::field::{Kind, Role};
use crate::repair::{Fix, Repair};
use crate::table::{Table, Value};
use crate::time::{parse_iso, write_iso};

/// The last second that is written with a year of four digits, a day before the end.
const LAST_S: i64 = 253_402_214_400;

/// The plan of a clock that is so many seconds fast; nothing if the table's order would not show it.
pub(super) fn plan(site: &Site, seconds: i64, parameters: Json) -> Option<Plan> {
    let column = site.table.role(Role::Time)?;
    if site.table.fields[column].kind != Kind::Time || !is_in_order(site.table) {
        return None;
    }
    let name = site.name(column);
    let repair = Repair::new(site.source, &[name], Fix::Moment { seconds });
    let mut plan = Plan::new(&[name], parameters);
    plan.evidence.push(Evidence::OrderAgrees { repair: repair.clone() });
    plan.repairs.push(repair);
    Some(plan)
}

/// The rows whose moment can be moved.
pub(super) fn candidates(plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
    let column = plan.column(table)?;
    let moves = |row: &usize| matches!(table.value(*row, column), Value::Time(0..=LAST_S));
    Ok((0..table.rows()).filter(moves).collect())
}

/// Moves the moments of the lines.
pub(super) fn apply(plan: &Plan, lines: &[usize], draft: &mut Draft) -> Result<(), TabularError> {
    let column = plan.column(draft.table())?;
    for repair in &plan.repairs {
        let Fix::Moment { seconds } = repair.fix else { continue };
        for &line in lines {
            if let Some(moment) = parse_iso(&draft.text(line, column)) {
                draft.set(line, column, &write_iso(moment + seconds));
            }
        }
    }
    Ok(())
}
