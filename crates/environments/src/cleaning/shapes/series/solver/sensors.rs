//! Sensors: what stands still, and what a twin beside it does not bear out.

use envy_tabular::series::TWIN;
use envy_tabular::time::{DAY_S, parse_iso};
use envy_tabular::{Evidence, Fix, RawTable, Repair, Role};

use super::Case;

/// Equal records in a row that are no chance, and equal numbers.
const RECORDS_RUN: usize = 2;
const NUMBERS_RUN: usize = 4;
/// What no regular reading is off from the two before and the two after it, in interquartile ranges of the column.
const REACH_IQR: f64 = 4.0;
/// A sensor is looked at if its distance to its twin is so many times the median device's.
const SUSPICIOUS: f64 = 1.4;
/// Means of so many readings are tried.
const WIDTHS: std::ops::RangeInclusive<usize> = 2..=9;
/// Digits of a guessed drift a day beyond those of the column.
const RATE_DIGITS: u8 = 3;

/// Withdraws what a gateway filled in: records that repeat the one before in every number.
pub(super) fn gaps(case: &mut Case) {
    let fields = &case.sight.fields;
    let numeric = fields.iter().filter(|field| field.role == Role::Feature && field.kind.is_numeric());
    let names: Vec<String> = numeric.map(|field| field.name.clone()).collect();
    let columns: Vec<&str> = names.iter().map(String::as_str).collect();
    for device in case.devices.clone() {
        if case.shows(&Evidence::Frozen { source: device.clone(), columns: names.clone() }) {
            case.accept(Repair::new(&device, &columns, Fix::Frozen { run: RECORDS_RUN }));
        }
    }
}

/// A sensor with its twin.
struct Pair {
    field: usize,
    twin: usize,
    name: String,
    twin_name: String,
    decimals: u8,
}

/// Repairs sensors that are far from their twins.
pub(super) fn twins(case: &mut Case) {
    let fields = &case.sight.fields;
    let pair = |field: usize| {
        let name = fields[field].name.clone();
        let twin_name = format!("{name}{TWIN}");
        let twin = fields.iter().position(|other| other.name == twin_name)?;
        Some(Pair { field, twin, decimals: fields[field].decimals?, name, twin_name })
    };
    let pairs: Vec<Pair> = (0..fields.len()).filter_map(pair).collect();
    for pair in pairs {
        let distances: Vec<f64> = case
            .devices
            .iter()
            .map(|device| distance(case, &case.table, device, &pair).unwrap_or(f64::INFINITY))
            .collect();
        let mut sorted = distances.clone();
        sorted.sort_by(f64::total_cmp);
        let usual = sorted[sorted.len() / 4];
        for (device, distance) in case.devices.clone().iter().zip(distances) {
            if distance > SUSPICIOUS * usual {
                repair(case, device, &pair);
            }
        }
    }
}

/// The mean distance of a device's sensor to its twin.
fn distance(case: &Case, table: &RawTable, device: &str, pair: &Pair) -> Option<f64> {
    let read = |field| case.cells(table, device, field).into_iter().map(envy_tabular::text::parse_number);
    let off: Vec<f64> = read(pair.field)
        .zip(read(pair.twin))
        .filter_map(|(left, right)| Some((left? - right?).abs()))
        .collect();
    (!off.is_empty()).then(|| off.iter().sum::<f64>() / off.len() as f64)
}

/// Accepts the first repair after which the sensor follows its twin.
fn repair(case: &mut Case, device: &str, pair: &Pair) {
    let standing = Evidence::Frozen { source: device.to_owned(), columns: vec![pair.name.clone()] };
    if case.shows(&standing) && propose(case, device, pair, Fix::Frozen { run: NUMBERS_RUN }) {
        fill(case, device, pair);
        return;
    }
    if let Some(fix) = trend(case, device, pair)
        && propose(case, device, pair, fix)
    {
        return;
    }
    if let Some(fix) = means(case, device, pair)
        && propose(case, device, pair, fix)
    {
        return;
    }
    if let Some(fix) = spikes(case, pair)
        && propose(case, device, pair, fix)
    {
        fill(case, device, pair);
    }
}

fn propose(case: &mut Case, device: &str, pair: &Pair, fix: Fix) -> bool {
    let repair = Repair::new(device, &[&pair.name], fix);
    let agrees = Evidence::TwinAgrees { repair: repair.clone(), twin: pair.twin_name.clone() };
    let holds = case.shows(&agrees);
    if holds {
        case.accept(repair);
    }
    holds
}

/// The twin stands in for what was withdrawn.
fn fill(case: &mut Case, device: &str, pair: &Pair) {
    case.accept(Repair::new(device, &[&pair.name], Fix::Twin { twin: pair.twin_name.clone() }));
}

/// A drift: as a note tells it, or the slope of the distance to the twin, which is 0 at the beginning.
fn trend(case: &Case, device: &str, pair: &Pair) -> Option<Fix> {
    let time = case.time()?;
    let moments = case.moments(device, time);
    let told = case.sight.told(device, "T1").into_iter().find(|told| told["column"] == pair.name);
    let told = told.and_then(|told| {
        let size: f64 = told["rate"].parse().ok()?;
        let rate = if told["direction"] == "up" { size } else { -size };
        Some((rate, parse_iso(&format!("{} 00:00:00", told["date"]))?))
    });
    let (rate, origin) = told.or_else(|| slope(case, device, pair, &moments))?;
    let time = case.sight.fields[time].name.clone();
    (rate.is_finite() && rate != 0.0).then_some(Fix::Trend { time, origin, rate, decimals: pair.decimals })
}

/// What a sensor adds a day over its twin, which is 0 at the beginning, and when that is.
fn slope(case: &Case, device: &str, pair: &Pair, moments: &[Option<i64>]) -> Option<(f64, i64)> {
    let origin = moments.iter().flatten().min()?.div_euclid(DAY_S) * DAY_S;
    let (own, twin) = (case.numbers(device, pair.field), case.numbers(device, pair.twin));
    let (mut above, mut below) = (0.0, 0.0);
    for ((moment, own), twin) in moments.iter().zip(own).zip(twin) {
        let (Some(moment), Some(own), Some(twin)) = (moment, own, twin) else { continue };
        let days = (moment - origin) as f64 / DAY_S as f64;
        above += days * (own - twin);
        below += days * days;
    }
    Some((envy_tabular::field::round_to(above / below, pair.decimals + RATE_DIGITS), origin))
}

/// Means: of as many readings as a note tells, or as bring the sensor nearest to its twin.
fn means(case: &Case, device: &str, pair: &Pair) -> Option<Fix> {
    let told = case.sight.told(device, "T5").into_iter().find(|told| told["column"] == pair.name);
    if let Some(width) = told.and_then(|told| told["width"].parse().ok()) {
        return Some(Fix::Unmean { width, decimals: pair.decimals });
    }
    let tried = |width: usize| {
        let fix = Fix::Unmean { width, decimals: pair.decimals };
        let table = case.tried(&Repair::new(device, &[&pair.name], fix.clone()))?;
        Some((distance(case, &table, device, pair)?, fix))
    };
    WIDTHS.filter_map(tried).min_by(|left, right| left.0.total_cmp(&right.0)).map(|(_, fix)| fix)
}

/// Spikes: the reach is taken from all devices, most of which have none.
fn spikes(case: &Case, pair: &Pair) -> Option<Fix> {
    let mut values: Vec<f64> =
        case.devices.iter().flat_map(|device| case.numbers(device, pair.field)).flatten().collect();
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values.get((values.len() as f64 * share) as usize).copied();
    Some(Fix::Despike { reach: REACH_IQR * (at(0.75)? - at(0.25)?) })
}
