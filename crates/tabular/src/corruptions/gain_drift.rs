//! N13, gain drift: a source's readings of a column grow, or fade, day by day.
//!
//! In life: an ageing sensor, a pump that wears, a fouled optical window. Parameters: the gain a day and since when.
//! Evidence: a trend over time that no other source has; a calibration log gives both numbers. Inverse: the division,
//! exact. Literature: drift in low-cost sensor networks (Maag et al. 2018); sensor fault models (Ni et al. 2009).

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread, affine, reaches};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::{Kind, Role};
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::{Column, Table};
use crate::text::parse_number;
use crate::time::{DAY_S, parse_iso, write_iso};

/// How far the last readings are off, in interquartile ranges.
const SHIFT_IQR: (f64, f64) = (1.5, 3.0);
/// What fades loses at most this share by the end.
const LOSS_MAX: f64 = 0.6;
/// A shorter span shows no trend.
const DAYS_MIN: f64 = 10.0;

/// A source's readings of a column grow, or fade, day by day.
pub(super) struct GainDrift;

impl Corruption for GainDrift {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N13",
            name: "gain-drift",
            class: Fairness::Exact,
            rate: 1.0,
            share: 1.0,
            doc: "A source's readings of a numeric column grow or fade by the same share every day.",
            notes: &[
                "calibration of {column}: {direction} {percent} % a day since {date}",
                "sensor of {column}: {direction} {percent} % a day, counted from {date}",
                "service report on {column}: {direction} {percent} % a day; last adjusted on {date}",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let time = site.table.role(Role::Time)?;
        let Column::Time(moments) = &site.table.columns[time] else { return None };
        let (first, last) = (moments.iter().flatten().min()?, moments.iter().flatten().max()?);
        let origin = first.div_euclid(DAY_S) * DAY_S;
        let days = (last - origin) as f64 / DAY_S as f64;
        if days < DAYS_MIN {
            return None;
        }
        for column in site.columns(rng, |field, _| field.kind.is_numeric()) {
            let field = &site.table.fields[column];
            let Some(spread) = Spread::of(&site.table.columns[column]) else { continue };
            let total = rng.between(SHIFT_IQR.0, SHIFT_IQR.1) * spread.iqr / spread.median;
            let grows = rng.chance(0.5) || total > LOSS_MAX;
            // What a log can tell is what the sensor does: a percentage of three digits after the point.
            let percent = format!("{:.3}", 100.0 * total / days);
            let Some(share) = parse_number(&percent).filter(|share| *share > 0.0) else { continue };
            let rate = if grows { share / 100.0 } else { -share / 100.0 };
            let decimals = if field.kind == Kind::Integer { Some(0) } else { field.decimals };
            let fix = Fix::Drift { time: site.name(time).to_owned(), origin, rate, decimals };
            let repair = Repair::new(site.source, &[&field.name], fix);
            let mut plan =
                Plan::new(&[&field.name, site.name(time)], json!({ "rate": rate, "origin": origin }));
            plan.repairs.push(repair.clone());
            if !reaches(self, &plan, site.table) {
                continue;
            }
            plan.evidence.push(Evidence::QuantilesAgree { repair: repair.clone() });
            plan.evidence.push(Evidence::TrendVanishes { repair, time: site.name(time).to_owned() });
            let values = [
                ("column", field.name.as_str()),
                ("direction", if grows { "gains" } else { "loses" }),
                ("percent", &percent),
                ("date", &write_iso(origin)[..10]),
            ];
            plan.evidence.push(site.log(rng, self.info(), &values));
            return Some(plan);
        }
        None
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let column = plan.column(table)?;
        let changes = |row: &usize| {
            let text = table.text(*row, column);
            let written = drifted(plan, table, &text, |column| table.text(*row, column).into_owned());
            written.is_some_and(|written| parse_number(&written) != parse_number(&text))
        };
        Ok((0..table.rows()).filter(changes).collect())
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let column = plan.column(draft.table())?;
        for &line in lines {
            let text = draft.text(line, column);
            let written = drifted(plan, draft.table(), &text, |column| draft.text(line, column));
            if let Some(written) = written {
                draft.set(line, column, &written);
            }
        }
        Ok(())
    }
}

/// What the source writes for a value at its row's moment.
fn drifted(plan: &Plan, table: &Table, text: &str, read: impl Fn(usize) -> String) -> Option<String> {
    let Fix::Drift { time, origin, rate, decimals } = &plan.repairs.first()?.fix else { return None };
    let moment = parse_iso(&read(table.require(time).ok()?))?;
    let days = (moment - origin) as f64 / DAY_S as f64;
    Some(affine::write(parse_number(text)?, 1.0 + rate * days, 0.0, *decimals))
}
