//! Clocks that are wrong by hours or a day: records come in the order of time, and a source's moments do not fit in.

use envy_tabular::evidence::clock_error;
use envy_tabular::time::{DAY_S, parse_iso};
use envy_tabular::{Fix, Kind, Repair, RepairPlan, Role};

use super::Case;

/// A clock is wrong if it is off by so many standard errors.
const ERRORS_MIN: f64 = 4.0;
/// What is left after the repair is at most this share.
const REST_MAX: f64 = 0.5;
/// Steps that a wrong zone differs by.
const STEP_S: i64 = 1_800;
/// The widest zone, in such steps.
const STEPS_MAX: i64 = 28;

/// Sets the clock that is most clearly wrong, and again until none is.
pub(super) fn clocks(case: &mut Case) {
    let fields = &case.sight.fields;
    let Some(field) = fields.iter().position(|f| f.role == Role::Time && f.kind == Kind::Time) else {
        return;
    };
    for _ in 0..case.sources.len() {
        let errors = (0..case.sources.len()).filter_map(|source| {
            let (off, error) = error_of(case, field, source)?;
            (off.abs() >= ERRORS_MIN * error && off != 0.0).then_some((source, off, error))
        });
        let worst = errors.max_by(|a, b| (a.1.abs() / a.2).total_cmp(&(b.1.abs() / b.2)));
        let Some((source, off, _)) = worst else { return };
        let Some(repair) = setting(case, field, source, off) else { return };
        case.accept(repair);
    }
}

/// By how much a source's clock is off, and the standard error.
fn error_of(case: &Case, field: usize, source: usize) -> Option<(f64, f64)> {
    let sources = [case.sources[source].name.clone()];
    clock_error(&case.table, case.sight.columns[case.sight.source], &sources, case.sight.columns[field])
}

/// The repair of a clock that is off by about so many seconds: what the notes say if it helps, else the zone or day with
/// which most of the moments stand in order.
fn setting(case: &Case, field: usize, source: usize, off: f64) -> Option<Repair> {
    let name = &case.sources[source].name;
    let told = case.sight.told(name, "D2").into_iter().filter_map(|told| {
        let hours: i64 = told["hours"].parse().ok()?;
        Some(if told["direction"] == "ahead" { 3_600 * hours } else { -3_600 * hours })
    });
    let days = case.sight.told(name, "D4").into_iter();
    let days = days.map(|told| if told["direction"] == "late" { DAY_S } else { -DAY_S });
    let noted: Vec<i64> = told.chain(days).collect();
    let zones = (-STEPS_MAX..=STEPS_MAX).filter(|steps| *steps != 0).map(|steps| steps * STEP_S);
    let likely: Vec<i64> = zones.chain([DAY_S, -DAY_S]).collect();
    let ordered = |seconds: &i64| in_order(case, field, source, *seconds);
    let guess = likely.iter().copied().max_by_key(|seconds| {
        // Of equally good ones the nearest to what the rows around say.
        (ordered(seconds), -((*seconds as f64 - off).abs() as i64))
    });
    noted.into_iter().chain(guess).find_map(|seconds| {
        let column = &case.sight.fields[field].name;
        let repair = Repair::new(name, &[column], Fix::Moment { seconds });
        let plan = RepairPlan::new(case.sight.source_name(), vec![repair.clone()]);
        let repaired = plan.apply(&case.table).ok()?;
        let (rest, _) = clock_error(
            &repaired,
            case.sight.columns[case.sight.source],
            std::slice::from_ref(name),
            case.sight.columns[field],
        )?;
        (rest.abs() <= REST_MAX * off.abs()).then_some(repair)
    })
}

/// How many of a source's moments lie between those of the rows around them once moved back by so many seconds.
fn in_order(case: &Case, field: usize, source: usize, seconds: i64) -> usize {
    let lines = &case.sources[source].lines;
    let others: Vec<(usize, i64)> = (0..case.table.rows())
        .filter(|line| lines.binary_search(line).is_err())
        .filter_map(|line| Some((line, parse_iso(case.cell(line, field))?)))
        .collect();
    let fits = |line: &&usize| {
        let Some(moment) = parse_iso(case.cell(**line, field)) else { return false };
        let place = others.partition_point(|(other, _)| other < *line);
        let (Some(before), Some(after)) =
            (place.checked_sub(1).and_then(|at| others.get(at)), others.get(place))
        else {
            return false;
        };
        (before.1..=after.1).contains(&(moment - seconds))
    };
    lines.iter().filter(fits).count()
}
