//! Moments: all devices are read at the same ones, so that the k-th record of a device belongs to the k-th moment.

use std::collections::BTreeMap;

use envy_tabular::{Evidence, Fix, Repair};

use super::Case;

/// A moment is on the schedule if this share of the devices has it.
const SCHEDULED_MIN: f64 = 0.4;
/// Records that stand off the schedule's step prove records too many if at least this share stands on it.
const ON_STEP_MIN: f64 = 0.3;
/// One moment for several records is an upload if this share of the records is concerned.
const UPLOADED_MIN: f64 = 0.1;
/// A clock's error is known if this share of the records has it.
const AGREED_MIN: f64 = 0.95;

/// Takes back records between the moments, uploads under one moment, and clocks that are wrong.
pub(super) fn moments(case: &mut Case) {
    let Some(time) = case.time() else { return };
    let schedule = schedule(case, time);
    let Some(step_s) = step(&schedule) else { return };
    let name = case.sight.fields[time].name.clone();
    for device in case.devices.clone() {
        let moments = case.moments(&device, time);
        let total = moments.len().max(1) as f64;
        let on_step = moments.iter().flatten().filter(|moment| *moment % step_s == 0).count();
        if on_step < moments.len() && moments.len() > schedule.len() && on_step as f64 >= ON_STEP_MIN * total
        {
            propose(case, &device, &name, Fix::OffGrid { step_s });
            continue;
        }
        let repeated = moments.windows(2).filter(|pair| pair[0].is_some() && pair[0] == pair[1]).count();
        if repeated as f64 >= UPLOADED_MIN * total {
            propose(case, &device, &name, Fix::Buffered { step_s });
            continue;
        }
        if let Some(fix) = clock(&moments, &schedule) {
            propose(case, &device, &name, fix);
        }
    }
}

/// Accepts a fix of a device's moments if they then are those of the others.
fn propose(case: &mut Case, device: &str, name: &str, fix: Fix) {
    let repair = Repair::new(device, &[name], fix);
    if case.shows(&Evidence::MomentsAgree { repair: repair.clone() }) {
        case.accept(repair);
    }
}

/// The moments that most devices have, in order.
fn schedule(case: &Case, time: usize) -> Vec<i64> {
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for device in &case.devices {
        let mut own: Vec<i64> = case.moments(device, time).into_iter().flatten().collect();
        own.sort_unstable();
        own.dedup();
        for moment in own {
            *counts.entry(moment).or_default() += 1;
        }
    }
    let least = SCHEDULED_MIN * case.devices.len() as f64;
    counts.into_iter().filter(|(_, count)| *count as f64 >= least).map(|(moment, _)| moment).collect()
}

/// The time between two moments of the schedule that is most frequent.
fn step(schedule: &[i64]) -> Option<i64> {
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for pair in schedule.windows(2) {
        *counts.entry(pair[1] - pair[0]).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(step, count)| (*count, -step)).map(|(step, _)| step)
}

/// What is wrong with a clock: one error from the beginning, or another one since a moment.
fn clock(moments: &[Option<i64>], schedule: &[i64]) -> Option<Fix> {
    let errors: Vec<(i64, i64)> = moments
        .iter()
        .zip(schedule)
        .filter_map(|(moment, scheduled)| Some(((*moment)?, (*moment)? - scheduled)))
        .collect();
    let (first, last) = (errors.first()?.1, errors.last()?.1);
    let agreed = |count: usize| count as f64 >= AGREED_MIN * errors.len() as f64;
    if first == last {
        let count = errors.iter().filter(|(_, error)| *error == first).count();
        return (first != 0 && agreed(count)).then_some(Fix::Moment { seconds: first });
    }
    let change = errors.iter().position(|(_, error)| *error != first)?;
    let since = errors[change].0;
    let count = change + errors[change..].iter().filter(|(_, error)| *error == last).count();
    agreed(count).then_some(Fix::Zone { since, before: first, after: last })
}
