//! Intervals of shares against scipy.

use envy_learn::intervals::{clopper_pearson, wilson};

use crate::tables::figures;

#[test]
fn intervals_of_shares_agree_with_scipy() {
    let figures = figures();
    let intervals: Vec<_> = figures.iter().filter(|(name, _)| name.starts_with("interval/")).collect();
    assert_eq!(intervals.len(), 10);
    for (name, bounds) in intervals {
        let parts: Vec<&str> = name.split('/').collect();
        let (hits, trials) = (parts[2].parse().unwrap(), parts[3].parse().unwrap());
        let confidence = parts[4].parse().unwrap();
        let method = if parts[1] == "wilson" { wilson } else { clopper_pearson };
        let got = method(hits, trials, confidence);
        assert!((got.low - bounds[0]).abs() < 1e-12, "{name}: {got:?}");
        assert!((got.high - bounds[1]).abs() < 1e-12, "{name}: {got:?}");
    }
}
