//! Columns that a source writes in each other's place.

use envy_tabular::{Field, Fix, Repair};

use super::Case;
use super::quantiles::{distance, own_quantiles, peer_quantiles};

/// The mean quantile distance of both columns must shrink by so many interquartile ranges...
const GAIN_MIN: f64 = 0.8;
/// ...or by so much if the notes speak of it...
const GAIN_NOTED_MIN: f64 = 0.3;
/// ...and to at most this share.
const REST_MAX: f64 = 0.5;

/// Exchanges the most telling pair, and again until none tells enough.
pub(super) fn swaps(case: &mut Case) {
    let is_number = |field: &Field| field.kind.is_numeric() && field.role.is_domain();
    let columns: Vec<usize> =
        (0..case.sight.fields.len()).filter(|index| is_number(&case.sight.fields[*index])).collect();
    for _ in 0..case.sources.len() {
        let numbers: Vec<Vec<f64>> = columns.iter().map(|column| case.numbers(*column)).collect();
        let mut best: Option<(f64, Repair)> = None;
        for source in 0..case.sources.len() {
            if let Some(found) = judge(case, &columns, &numbers, source)
                && best.as_ref().is_none_or(|best| found.0 > best.0)
            {
                best = Some(found);
            }
        }
        let Some((_, repair)) = best else { return };
        case.accept(repair);
    }
}

/// The pair of columns whose exchange helps a source most, if it helps enough.
fn judge(case: &Case, columns: &[usize], numbers: &[Vec<f64>], source: usize) -> Option<(f64, Repair)> {
    let fields = &case.sight.fields;
    let quantiles: Vec<_> = numbers
        .iter()
        .map(|numbers| Some((own_quantiles(case, numbers, source)?, peer_quantiles(case, numbers, source)?)))
        .collect();
    let mut best: Option<(f64, Repair)> = None;
    for left in 0..columns.len() {
        for right in left + 1..columns.len() {
            let (Some((a, a_peers)), Some((b, b_peers))) = (&quantiles[left], &quantiles[right]) else {
                continue;
            };
            let now = distance(a, a_peers)? + distance(b, b_peers)?;
            let swapped = distance(b, a_peers)? + distance(a, b_peers)?;
            let names = [&fields[columns[left]].name, &fields[columns[right]].name];
            let noted = names.iter().all(|name| case.sight.is_noted(&case.sources[source].name, name));
            let gain = now - swapped - if noted { GAIN_NOTED_MIN } else { GAIN_MIN };
            if gain > 0.0 && swapped <= REST_MAX * now && best.as_ref().is_none_or(|best| gain > best.0) {
                best = Some((
                    gain,
                    Repair::new(&case.sources[source].name, &names.map(String::as_str), Fix::Swap),
                ));
            }
        }
    }
    best
}
