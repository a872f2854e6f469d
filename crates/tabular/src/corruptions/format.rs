//! What the operators share that write a source's moments in a format of its own.

use envy_core::Rng;
use serde_json::json;

use super::{CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::Kind;
use crate::repair::{DateFormat, Fix, Repair};
use crate::time::parse_iso;

/// The plan of a source that writes its moments in one of the formats; nothing if the table has no moments.
pub(super) fn plan(
    info: &CorruptionInfo,
    formats: &[DateFormat],
    rng: &mut Rng,
    site: &Site,
) -> Option<Plan> {
    let column = site.table.fields.iter().position(|field| field.kind == Kind::Time)?;
    let name = site.name(column);
    let format = *rng.pick(formats);
    let repair = Repair::new(site.source, &[name], Fix::Dates { format });
    let mut plan = Plan::new(&[name], json!({ "format": format.pattern() }));
    plan.evidence.push(Evidence::BecomesLegal { repair: repair.clone() });
    plan.evidence.push(site.log(rng, info, &[("column", name), ("format", format.pattern())]));
    plan.repairs.push(repair);
    Some(plan)
}

/// Writes the moments of the lines anew.
pub(super) fn apply(plan: &Plan, lines: &[usize], draft: &mut Draft) -> Result<(), TabularError> {
    let column = plan.column(draft.table())?;
    for repair in &plan.repairs {
        let Fix::Dates { format } = repair.fix else { continue };
        for &line in lines {
            if let Some(moment) = parse_iso(&draft.text(line, column)) {
                draft.set(line, column, &format.write(moment));
            }
        }
    }
    Ok(())
}
