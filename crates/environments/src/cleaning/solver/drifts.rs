//! Gains that drift: a source's readings of a column grow or fade day by day, and nobody else's do.

use envy_tabular::text::parse_number;
use envy_tabular::time::{DAY_S, parse_iso};
use envy_tabular::{Evidence, Fix, Kind, Repair, Role};

use super::Case;

/// A slope of so many standard errors is looked at.
const TREND_MIN: f64 = 6.0;
/// Digits of the share a day of a guess: a thousandth of a percent.
const RATE_STEPS: f64 = 100_000.0;
/// A source with fewer rows proves nothing.
const ROWS_MIN: usize = 20;

/// Takes drifts back that the notes tell of, or that show.
pub(super) fn drifts(case: &mut Case) {
    let fields = &case.sight.fields;
    let Some(time) = fields.iter().position(|f| f.role == Role::Time && f.kind == Kind::Time) else { return };
    let mut found = Vec::new();
    for (index, field) in fields.iter().enumerate() {
        if !field.kind.is_numeric() || !field.role.is_domain() {
            continue;
        }
        for source in 0..case.sources.len() {
            let told = case.sight.told(&case.sources[source].name, "N13");
            let told = told.iter().find(|told| told["column"] == field.name).and_then(|told| {
                let share: f64 = told["percent"].parse().ok()?;
                let rate = if told["direction"] == "gains" { share / 100.0 } else { -share / 100.0 };
                Some((rate, parse_iso(&told["date"])?))
            });
            let guess = || guess(case, source, index, time);
            let Some((rate, origin)) = told.or_else(guess) else { continue };
            let decimals = if field.kind == Kind::Integer { Some(0) } else { field.decimals };
            let time = fields[time].name.clone();
            let fix = Fix::Drift { time: time.clone(), origin, rate, decimals };
            let repair = Repair::new(&case.sources[source].name, &[&field.name], fix);
            let trend = Evidence::TrendVanishes { repair: repair.clone(), time };
            let agrees = told.map(|_| Evidence::QuantilesAgree { repair: repair.clone() });
            if case.shows(&trend) || agrees.is_some_and(|agrees| case.shows(&agrees)) {
                found.push(repair);
            }
        }
    }
    for repair in found {
        case.accept(repair);
    }
}

/// The share a day that a straight line through a source's numbers has, and since when: the first day of the table.
fn guess(case: &Case, source: usize, field: usize, time: usize) -> Option<(f64, i64)> {
    let first = (0..case.table.rows()).filter_map(|line| parse_iso(case.cell(line, time))).min()?;
    let origin = first.div_euclid(DAY_S) * DAY_S;
    let points: Vec<(f64, f64)> = case.sources[source]
        .lines
        .iter()
        .filter_map(|line| {
            let moment = parse_iso(case.cell(*line, time))?;
            Some(((moment - origin) as f64 / DAY_S as f64, parse_number(case.cell(*line, field))?))
        })
        .collect();
    let n = points.len() as f64;
    if points.len() < ROWS_MIN {
        return None;
    }
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (mean_x, mean_y) = (mean(&|p| p.0), mean(&|p| p.1));
    let xx = mean(&|p| (p.0 - mean_x) * (p.0 - mean_x));
    let xy = mean(&|p| (p.0 - mean_x) * (p.1 - mean_y));
    let yy = mean(&|p| (p.1 - mean_y) * (p.1 - mean_y));
    let slope = xy / xx;
    let error = ((yy - slope * xy).max(0.0) / (n - 2.0) / xx).sqrt();
    let level = mean_y - slope * mean_x;
    let rate = (slope / level * RATE_STEPS).round() / RATE_STEPS;
    (slope.abs() >= TREND_MIN * error && rate.is_finite() && rate != 0.0 && level > 0.0)
        .then_some((rate, origin))
}
