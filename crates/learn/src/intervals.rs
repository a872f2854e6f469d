//! Confidence intervals: of shares in closed form, of anything else by the bootstrap.

use envy_core::{Seed, special};

/// Two bounds around a figure.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Interval {
    /// Lower bound.
    pub low: f64,
    /// Upper bound.
    pub high: f64,
}

/// What resampling says about a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bootstrap {
    /// Percentile interval.
    pub interval: Interval,
    /// Standard deviation over the resamples: the figure's standard error.
    pub standard_error: f64,
}

/// How a bootstrap draws.
#[derive(Clone, Copy, Debug)]
pub struct BootstrapConfig {
    /// Number of resamples, at least 2; 2,000 fix a 95 % bound to about a twentieth of a standard error.
    pub resamples: usize,
    /// Probability that the interval covers, such as 0.95.
    pub confidence: f64,
    /// Where the resamples come from.
    pub seed: Seed,
}

/// Wilson's score interval of a share: close to its confidence on average, and never outside `[0, 1]`.
///
/// No trials give `[0, 1]`.
///
/// # Panics
/// More successes than trials, or a confidence outside `(0, 1)`.
pub fn wilson(successes: u64, trials: u64, confidence: f64) -> Interval {
    check_share(successes, trials, confidence);
    if trials == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let n = trials as f64;
    let share = successes as f64 / n;
    let z = special::normal_quantile(0.5 + 0.5 * confidence);
    let centre = share + z * z / (2.0 * n);
    let half = z * libm::sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n));
    let scale = 1.0 + z * z / n;
    // At the ends the bound is exactly 0 or 1, which rounding would miss.
    let low = if successes == 0 { 0.0 } else { (centre - half) / scale };
    let high = if successes == trials { 1.0 } else { (centre + half) / scale };
    Interval { low, high }
}

/// Clopper and Pearson's interval of a share: covers with at least its confidence, whatever the share.
///
/// No trials give `[0, 1]`.
///
/// # Panics
/// More successes than trials, or a confidence outside `(0, 1)`.
pub fn clopper_pearson(successes: u64, trials: u64, confidence: f64) -> Interval {
    check_share(successes, trials, confidence);
    let tail = 0.5 - 0.5 * confidence;
    let (hits, misses) = (successes as f64, (trials - successes) as f64);
    Interval {
        low: if successes == 0 { 0.0 } else { special::beta_quantile(tail, hits, misses + 1.0) },
        high: if successes == trials { 1.0 } else { special::beta_quantile(1.0 - tail, hits + 1.0, misses) },
    }
}

/// The bootstrap of a mean.
///
/// # Panics
/// `values` is empty, or as [`bootstrap_rows`].
pub fn bootstrap_mean(values: &[f64], config: &BootstrapConfig) -> Bootstrap {
    bootstrap_rows(values.len(), config, |rows| mean_at(values, rows))
}

/// The bootstrap of the mean of `left - right`, drawing whole rows, so that what both share cancels.
///
/// # Panics
/// The slices differ in length or are empty, or as [`bootstrap_rows`].
pub fn paired_bootstrap(left: &[f64], right: &[f64], config: &BootstrapConfig) -> Bootstrap {
    assert_eq!(left.len(), right.len(), "pairs have two sides");
    let gaps: Vec<f64> = left.iter().zip(right).map(|(left, right)| left - right).collect();
    bootstrap_mean(&gaps, config)
}

/// The bootstrap of any figure of a table: `figure` is called with as many row numbers as there are `rows`,
/// drawn with replacement.
///
/// # Panics
/// `rows` is 0, fewer than 2 resamples, or a confidence outside `(0, 1)`.
pub fn bootstrap_rows(
    rows: usize,
    config: &BootstrapConfig,
    mut figure: impl FnMut(&[u32]) -> f64,
) -> Bootstrap {
    assert!(rows > 0 && config.resamples > 1, "a bootstrap needs rows and at least 2 resamples");
    check_confidence(config.confidence);
    let mut rng = config.seed.rng();
    let mut drawn = vec![0_u32; rows];
    let mut figures: Vec<f64> = (0..config.resamples)
        .map(|_| {
            for row in &mut drawn {
                *row = rng.below(rows) as u32;
            }
            figure(&drawn)
        })
        .collect();
    let n = figures.len() as f64;
    let mean = figures.iter().sum::<f64>() / n;
    let squares: f64 = figures.iter().map(|figure| (figure - mean) * (figure - mean)).sum();
    figures.sort_unstable_by(f64::total_cmp);
    let tail = 0.5 - 0.5 * config.confidence;
    Bootstrap {
        interval: Interval { low: quantile(&figures, tail), high: quantile(&figures, 1.0 - tail) },
        standard_error: libm::sqrt(squares / (n - 1.0)),
    }
}

/// Mean of the values in the drawn rows.
fn mean_at(values: &[f64], rows: &[u32]) -> f64 {
    rows.iter().map(|&row| values[row as usize]).sum::<f64>() / rows.len() as f64
}

/// Linear interpolation between order statistics (numpy's default).
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = p * (sorted.len() - 1) as f64;
    let below = at as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (at - below as f64) * (sorted[above] - sorted[below])
}

fn check_share(successes: u64, trials: u64, confidence: f64) {
    assert!(successes <= trials, "{successes} successes of {trials}");
    check_confidence(confidence);
}

fn check_confidence(confidence: f64) {
    assert!(confidence > 0.0 && confidence < 1.0, "a confidence lies between 0 and 1, not {confidence}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(name: &str) -> BootstrapConfig {
        BootstrapConfig { resamples: 2000, confidence: 0.95, seed: Seed::named("bootstrap").derive(name) }
    }

    #[test]
    fn no_trials_say_nothing() {
        let all = Interval { low: 0.0, high: 1.0 };
        assert_eq!((wilson(0, 0, 0.95), clopper_pearson(0, 0, 0.95)), (all, all));
    }

    #[test]
    fn the_bootstrap_of_a_mean_is_as_wide_as_theory_says() {
        let mut rng = Seed::named("values").rng();
        let values: Vec<f64> = (0..900).map(|_| 3.0 * rng.normal() + 10.0).collect();
        let bootstrap = bootstrap_mean(&values, &config("mean"));
        assert!((bootstrap.standard_error - 0.1).abs() < 0.01, "{bootstrap:?}");
        let width = bootstrap.interval.high - bootstrap.interval.low;
        assert!((width - 2.0 * 1.96 * bootstrap.standard_error).abs() < 0.03, "{bootstrap:?}");
        let mean = values.iter().sum::<f64>() / 900.0;
        let centre = 0.5 * (bootstrap.interval.low + bootstrap.interval.high);
        assert!((centre - mean).abs() < 0.02, "{bootstrap:?} around {mean}");
        assert_eq!(bootstrap, bootstrap_mean(&values, &config("mean")));
        assert_ne!(bootstrap, bootstrap_mean(&values, &config("another")));
    }

    #[test]
    fn pairs_cancel_what_both_sides_share() {
        let mut rng = Seed::named("pairs").rng();
        let shared: Vec<f64> = (0..400).map(|_| rng.normal()).collect();
        let better: Vec<f64> = shared.iter().map(|value| value + 0.25 + 0.1 * rng.normal()).collect();
        let paired = paired_bootstrap(&better, &shared, &config("paired"));
        assert!(paired.interval.low > 0.23 && paired.interval.high < 0.27, "{paired:?}");
    }

    #[test]
    fn any_figure_of_the_drawn_rows_can_be_resampled() {
        let values = [1.0, 2.0, 4.0];
        let greatest = bootstrap_rows(3, &config("greatest"), |rows| {
            assert_eq!(rows.len(), 3);
            rows.iter().map(|&row| values[row as usize]).fold(0.0, f64::max)
        });
        assert_eq!(greatest.interval.high, 4.0);
        assert_eq!(bootstrap_mean(&[5.0], &config("one")).interval, Interval { low: 5.0, high: 5.0 });
    }

    #[test]
    fn quantiles_interpolate_as_numpy_does() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        assert_eq!([0.0, 0.5, 0.75, 1.0].map(|p| quantile(&sorted, p)), [1.0, 3.0, 5.0, 8.0]);
    }
}
