//! A source's quantiles beside those of the other sources.

use std::collections::BTreeMap;

use super::Case;

/// The quantiles that are compared.
const SHARES: [f64; 5] = [0.1, 0.3, 0.5, 0.7, 0.9];
/// A source with fewer numbers in a column proves nothing about it.
const NUMBERS_MIN: usize = 12;

/// The greatest distance that is counted.
const DISTANCE_MAX: f64 = 3.0;

/// Five quantiles of a column.
pub(super) type Quantiles = [f64; 5];

/// The quantiles of numbers, if there are enough.
pub(super) fn own_quantiles(numbers: &[f64]) -> Option<Quantiles> {
    let mut own: Vec<f64> = numbers.iter().copied().filter(|number| number.is_finite()).collect();
    if own.len() < NUMBERS_MIN {
        return None;
    }
    own.sort_unstable_by(f64::total_cmp);
    Some(SHARES.map(|share| own[((own.len() - 1) as f64 * share) as usize]))
}

/// Bands of equal size that a label of numbers is seen in, by name.
const BANDS: [&str; 6] = ["1", "2", "3", "4", "5", "6"];

/// The band of each line's label, where labels are numbers: their mix is compared by bands. A line without a number
/// is in none.
pub(super) fn label_bands(labels: &[f64]) -> Vec<&'static str> {
    let mut sorted: Vec<f64> = labels.iter().copied().filter(|label| label.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let edges: Vec<f64> =
        (1..BANDS.len()).filter_map(|band| sorted.get(band * sorted.len() / BANDS.len()).copied()).collect();
    let band = |label: &f64| {
        if label.is_finite() { BANDS[edges.partition_point(|edge| edge <= label)] } else { "" }
    };
    labels.iter().map(band).collect()
}

/// The quantiles of the other sources, their rows weighted to this source's mix of labels.
pub(super) fn peer_quantiles(case: &Case, numbers: &[f64], source: usize) -> Option<Quantiles> {
    let lines = &case.sources[source].lines;
    let inside = |line: usize| lines.binary_search(&line).is_ok();
    let label = |line: usize| match &case.bands {
        Some(bands) => bands[line],
        None => case.cell(line, case.sight.target),
    };
    let mut counts: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for line in (0..numbers.len()).filter(|line| numbers[*line].is_finite()) {
        let count = counts.entry(label(line)).or_default();
        if inside(line) { count.0 += 1.0 } else { count.1 += 1.0 }
    }
    let mut weighted: Vec<(f64, f64)> = (0..numbers.len())
        .filter(|line| numbers[*line].is_finite() && !inside(*line))
        .map(|line| {
            let (own, others) = counts[label(line)];
            (numbers[line], own / others)
        })
        .collect();
    weighted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = weighted.iter().map(|(_, weight)| weight).sum();
    if total <= 0.0 {
        return None;
    }
    let at = |share: f64| {
        let mut sum = 0.0;
        let reached = |pair: &&(f64, f64)| {
            sum += pair.1;
            sum >= share * total
        };
        weighted.iter().find(reached).or(weighted.last()).map_or(f64::NAN, |pair| pair.0)
    };
    Some(SHARES.map(at))
}

/// How far quantiles are from the peers', in interquartile ranges of theirs; nothing if those have no spread.
pub(super) fn distance(own: &Quantiles, peers: &Quantiles) -> Option<f64> {
    // From the 0.1 to the 0.9 quantile: about twice the interquartile range.
    let spread = (peers[4] - peers[0]) / 2.0;
    // Beyond all doubt is far enough: a value off by a thousand shall not outweigh everything else.
    let far = |(own, peers): (&f64, &f64)| ((own - peers).abs() / spread).min(DISTANCE_MAX);
    let sum: f64 = own.iter().zip(peers).map(far).sum();
    (spread > 0.0).then_some(sum / 5.0)
}
