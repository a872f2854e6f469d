//! Repeated trials of one task: the chance that some, or all, of k attempts pass.

/// The chance that at least one of `k` attempts passes, estimated without bias from `passed` of `trials` attempts; nothing
/// with fewer than `k` trials. Chen et al., "Evaluating Large Language Models Trained on Code" (2021).
///
/// # Panics
/// More passes than trials.
pub fn pass_at(k: u64, passed: u64, trials: u64) -> Option<f64> {
    assert!(passed <= trials, "{passed} passes of {trials}");
    if k > trials {
        return None;
    }
    if trials - passed < k {
        return Some(1.0);
    }
    let none: f64 = (trials - passed + 1..=trials).map(|i| 1.0 - k as f64 / i as f64).product();
    Some(1.0 - none)
}

/// The chance that all of `k` attempts pass (pass^k), estimated without bias; nothing with fewer than `k` trials. Yao et
/// al., "tau-bench" (2024).
///
/// # Panics
/// More passes than trials.
pub fn pass_all(k: u64, passed: u64, trials: u64) -> Option<f64> {
    assert!(passed <= trials, "{passed} passes of {trials}");
    if k > trials {
        return None;
    }
    if passed < k {
        return Some(0.0);
    }
    Some((0..k).map(|i| (passed - i) as f64 / (trials - i) as f64).product())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of the subsets of size `k` of which `holds`, out of trials that are the bits of a number.
    fn share(k: u32, passed: u32, trials: u32, holds: impl Fn(u32) -> bool) -> f64 {
        let subsets = (0..1_u32 << trials).filter(|subset| subset.count_ones() == k);
        let good = (1_u32 << passed) - 1;
        let (mut held, mut all) = (0.0, 0.0);
        for subset in subsets {
            all += 1.0;
            held += f64::from(u8::from(holds((subset & good).count_ones())));
        }
        held / all
    }

    #[test]
    fn both_are_the_shares_over_all_subsets_of_the_trials() {
        for trials in 1..=8_u32 {
            for passed in 0..=trials {
                for k in 1..=trials {
                    let (any, all) = (
                        share(k, passed, trials, |good| good > 0),
                        share(k, passed, trials, |good| good == k),
                    );
                    let counts = (u64::from(k), u64::from(passed), u64::from(trials));
                    assert!((pass_at(counts.0, counts.1, counts.2).unwrap() - any).abs() < 1e-12);
                    assert!((pass_all(counts.0, counts.1, counts.2).unwrap() - all).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn too_few_trials_say_nothing() {
        assert_eq!((pass_at(5, 4, 4), pass_all(5, 4, 4)), (None, None));
    }
}
