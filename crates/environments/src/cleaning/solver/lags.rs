//! Measurements that slipped by some rows, where a formula tells: what it reads and what it gave stand in different
//! rows.

use envy_tabular::{Field, Fix, Formula, Repair, Role};

use super::Case;

/// Rows by which measurements may slip.
pub(super) const LAG_MAX: i64 = 5;
/// Without the slip the formula fails in at most this share of the rows...
const BROKEN_MAX: f64 = 0.15;
/// ...and with it in this share more.
const GAIN_MIN: f64 = 0.5;
/// A formula holds within this relative error: what it reads may be rounded.
const TOLERANCE: f64 = 0.01;
/// A source with fewer rows proves nothing.
const ROWS_MIN: usize = 20;

/// The columns that slip together: the measurements themselves.
pub(super) fn measurements(fields: &[Field]) -> Vec<&str> {
    let is_measured = |field: &&Field| field.role == Role::Feature && field.kind.is_numeric();
    fields.iter().filter(is_measured).map(|field| field.name.as_str()).collect()
}

/// Moves slipped measurements back, source by source, as the first formula tells.
pub(super) fn lags(case: &mut Case) {
    let fields = &case.sight.fields;
    let Some((derived, formula)) =
        fields.iter().enumerate().find_map(|(index, field)| Some((index, field.formula.as_ref()?)))
    else {
        return;
    };
    let found: Vec<Repair> =
        (0..case.sources.len()).filter_map(|source| judge(case, source, derived, formula)).collect();
    for repair in found {
        case.accept(repair);
    }
}

fn judge(case: &Case, source: usize, derived: usize, formula: &Formula) -> Option<Repair> {
    let source = &case.sources[source];
    if source.lines.len() < ROWS_MIN {
        return None;
    }
    let now = broken(case, &source.lines, derived, formula, 0);
    let others = (1..=LAG_MAX).flat_map(|lag| [lag, -lag]);
    let (rest, lag) = others
        .map(|lag| (broken(case, &source.lines, derived, formula, lag), lag))
        .min_by(|a, b| a.0.total_cmp(&b.0))?;
    (rest <= BROKEN_MAX && now >= rest + GAIN_MIN)
        .then(|| Repair::new(&source.name, &measurements(&case.sight.fields), Fix::Lag { lag }))
}

/// The share of a source's rows in which the formula fails once its measurements are moved by `lag`.
fn broken(case: &Case, lines: &[usize], derived: usize, formula: &Formula, lag: i64) -> f64 {
    let fields = &case.sight.fields;
    let number = |line: usize, field: usize| {
        envy_tabular::text::parse_number(case.cell(line, field)).unwrap_or(f64::NAN)
    };
    let (mut seen, mut wrong) = (0_u32, 0_u32);
    for (row, line) in lines.iter().enumerate() {
        let from = lines[(row as i64 + lag).rem_euclid(lines.len() as i64) as usize];
        let read = |name: &str| {
            fields.iter().position(|field| field.name == name).map_or(f64::NAN, |field| number(from, field))
        };
        let (found, wanted) = (number(*line, derived), formula.value(read));
        if found.is_finite() && wanted.is_finite() {
            seen += 1;
            wrong += u32::from((found - wanted).abs() > TOLERANCE * found.abs().max(wanted.abs()));
        }
    }
    if seen == 0 { 0.0 } else { f64::from(wrong) / f64::from(seen) }
}
