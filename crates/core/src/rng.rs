//! Our own samplers over one portable generator, so that no dependency's release can move a stream.

use rand_core::Rng as _;
use rand_pcg::Pcg64;

use crate::special;

/// A PCG-64 stream with samplers whose bits are equal on every target (`libm`, no std float functions).
#[derive(Clone)]
pub struct Rng(Pcg64);

impl Rng {
    /// A stream from 32 bytes: 16 of state, 16 of increment.
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let half = |from: usize| {
            let mut word = [0; 16];
            word.copy_from_slice(&bytes[from..from + 16]);
            u128::from_le_bytes(word)
        };
        Self(Pcg64::new(half(0), half(16)))
    }

    /// 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `[0, 1)` with 53 random bits.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// A number in `(0, 1)`: safe to take a logarithm or a quantile of.
    #[inline]
    pub fn open01(&mut self) -> f64 {
        ((self.next_u64() >> 12) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
    }

    /// A number in `[low, high)`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// A whole number in `[0, bound)` without bias (Lemire's method).
    ///
    /// # Panics
    /// `bound` is 0.
    #[inline]
    pub fn below(&mut self, bound: usize) -> usize {
        assert!(bound > 0, "below(0) has no answer");
        let bound = bound as u64;
        loop {
            let wide = u128::from(self.next_u64()) * u128::from(bound);
            // The remainder is a slow division that hardly any draw needs: the threshold is below `bound`.
            if wide as u64 >= bound || wide as u64 >= bound.wrapping_neg() % bound {
                return (wide >> 64) as usize;
            }
        }
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// One of `items`, each equally likely.
    ///
    /// # Panics
    /// `items` is empty.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// Shuffles `items` in place (Fisher-Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }

    /// A standard normal number, by inversion: one draw each, increasing in it.
    pub fn normal(&mut self) -> f64 {
        special::normal_quantile(self.open01())
    }

    /// An exponential number of mean 1.
    pub fn exponential(&mut self) -> f64 {
        -libm::log(self.open01())
    }

    /// A gamma number of scale 1 (Marsaglia and Tsang 2000). Tiny shapes may underflow to 0.
    ///
    /// # Panics
    /// `shape` is not positive.
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 { libm::exp(self.ln_gamma(shape)) } else { self.gamma_from_one(shape) }
    }

    /// A beta number in `[0, 1]`, by two gammas in the logarithm, so that tiny shapes divide no 0 by 0.
    ///
    /// # Panics
    /// `a` or `b` is not positive.
    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let ln_a = self.ln_gamma(a);
        let ln_b = self.ln_gamma(b);
        1.0 / (1.0 + libm::exp(ln_b - ln_a))
    }

    /// A Poisson count, by inversion in steps of at most [`special::COUNT_MEAN_MAX`]: time grows with the mean.
    ///
    /// # Panics
    /// `mean` is negative or not finite.
    pub fn poisson(&mut self, mean: f64) -> u64 {
        assert!(mean >= 0.0 && mean.is_finite(), "a Poisson mean is finite and at least 0, not {mean}");
        let (mut rest, mut count) = (mean, 0);
        while rest > special::COUNT_MEAN_MAX {
            count += special::poisson_quantile(self.open01(), special::COUNT_MEAN_MAX);
            rest -= special::COUNT_MEAN_MAX;
        }
        count + special::poisson_quantile(self.open01(), rest)
    }

    /// Shares that sum to 1, one for each of `concentrations`.
    ///
    /// # Panics
    /// `concentrations` is empty or holds a number that is not positive.
    pub fn dirichlet(&mut self, concentrations: &[f64]) -> Vec<f64> {
        assert!(!concentrations.is_empty(), "a Dirichlet draw needs at least one concentration");
        let logs: Vec<f64> = concentrations.iter().map(|&shape| self.ln_gamma(shape)).collect();
        let greatest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut shares: Vec<f64> = logs.iter().map(|ln| libm::exp(ln - greatest)).collect();
        let sum: f64 = shares.iter().sum();
        for share in &mut shares {
            *share /= sum;
        }
        shares
    }

    /// `k` different numbers of `0..n`, in random order.
    ///
    /// # Panics
    /// `k` is greater than `n`.
    pub fn sample_without_replacement(&mut self, n: usize, k: usize) -> Vec<usize> {
        assert!(k <= n, "cannot draw {k} of {n} without replacement");
        let mut numbers: Vec<usize> = (0..n).collect();
        for place in 0..k {
            numbers.swap(place, place + self.below(n - place));
        }
        numbers.truncate(k);
        numbers
    }

    /// Exactly `k` indices without replacement, in increasing order, drawn in proportion to `weights`:
    /// those of the greatest keys `u^(1/w)` (Efraimidis and Spirakis 2006).
    ///
    /// A weight of 0 is never drawn, so that fewer than `k` come back when fewer weights are positive. Takes one
    /// draw per weight, whatever its value.
    ///
    /// # Panics
    /// A weight is negative or not finite.
    pub fn weighted_top(&mut self, weights: &[f64], k: usize) -> Vec<usize> {
        let mut keyed: Vec<(f64, usize)> = Vec::with_capacity(weights.len());
        for (index, &weight) in weights.iter().enumerate() {
            assert!(weight >= 0.0 && weight.is_finite(), "a weight is finite and at least 0, not {weight}");
            // -ln(u) / w orders as u^(1/w) does, from the greatest, and does not underflow.
            let wait = self.exponential() / weight;
            if weight > 0.0 {
                keyed.push((wait, index));
            }
        }
        keyed.sort_unstable_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
        let mut chosen: Vec<usize> = keyed.into_iter().take(k).map(|(_, index)| index).collect();
        chosen.sort_unstable();
        chosen
    }

    /// Logarithm of a gamma number of scale 1, finite for every positive shape.
    fn ln_gamma(&mut self, shape: f64) -> f64 {
        if shape >= 1.0 {
            return libm::log(self.gamma_from_one(shape));
        }
        libm::log(self.gamma_from_one(shape + 1.0)) - self.exponential() / shape
    }

    /// A gamma number of a shape of at least 1.
    fn gamma_from_one(&mut self, shape: f64) -> f64 {
        assert!(shape >= 1.0 && shape.is_finite(), "a gamma shape is positive and finite");
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / libm::sqrt(9.0 * d);
        loop {
            let z = self.normal();
            let root = 1.0 + c * z;
            if root <= 0.0 {
                continue;
            }
            let v = root * root * root;
            if libm::log(self.open01()) < 0.5 * z * z + d - d * v + d * libm::log(v) {
                return d * v;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;

    /// The bits of the first four draws of every sampler from the stream of its own name.
    fn first_draws() -> Vec<(&'static str, Vec<u64>)> {
        let bits = |name: &'static str, draw: &dyn Fn(&mut Rng) -> f64| {
            let mut rng = Seed::named("golden").derive(name).rng();
            (name, (0..4).map(|_| draw(&mut rng).to_bits()).collect())
        };
        let whole = |name: &'static str, draw: &dyn Fn(&mut Rng) -> Vec<usize>| {
            let mut rng = Seed::named("golden").derive(name).rng();
            (name, draw(&mut rng).into_iter().map(|number| number as u64).collect())
        };
        vec![
            bits("next_u64", &|rng| f64::from_bits(rng.next_u64())),
            bits("uniform", &Rng::uniform),
            bits("open01", &Rng::open01),
            bits("between", &|rng| rng.between(-3.0, 5.0)),
            bits("normal", &Rng::normal),
            bits("exponential", &Rng::exponential),
            bits("gamma/0.4", &|rng| rng.gamma(0.4)),
            bits("gamma/3", &|rng| rng.gamma(3.0)),
            bits("beta", &|rng| rng.beta(0.7, 2.5)),
            whole("below", &|rng| (0..4).map(|_| rng.below(1_000_003)).collect()),
            whole("chance", &|rng| (0..16).map(|_| usize::from(rng.chance(0.3))).collect()),
            whole("poisson", &|rng| [0.5, 4.0, 90.0, 2000.0].map(|mean| rng.poisson(mean) as usize).to_vec()),
            whole("sample", &|rng| rng.sample_without_replacement(100, 8)),
            whole("weighted", &|rng| rng.weighted_top(&[1.0, 6.0, 0.0, 6.0, 1.0, 1.0, 6.0, 1.0], 4)),
            whole("shuffle", &|rng| {
                let mut items: Vec<usize> = (0..10).collect();
                rng.shuffle(&mut items);
                items
            }),
            bits("dirichlet", &|rng| rng.dirichlet(&[5.0, 5.0, 0.2])[2]),
        ]
    }

    #[test]
    fn the_first_draws_of_every_sampler_never_move() {
        let expected: Vec<&str> = include_str!("rng_golden.txt").lines().collect();
        let got: Vec<String> = first_draws()
            .into_iter()
            .map(|(name, draws)| {
                let draws: Vec<String> = draws.iter().map(|draw| format!("{draw:x}")).collect();
                format!("{name}: {}", draws.join(" "))
            })
            .collect();
        assert_eq!(
            got, expected,
            "a moved stream changes every task: restore it, or raise generator versions"
        );
    }

    /// Mean and variance of 40,000 draws lie within five standard errors of the family's own.
    fn check_moments(name: &str, mean: f64, variance: f64, kurtosis: f64, draw: impl Fn(&mut Rng) -> f64) {
        let mut rng = Seed::named("moments").derive(name).rng();
        let n = 40_000.0;
        let draws: Vec<f64> = (0..40_000).map(|_| draw(&mut rng)).collect();
        let got_mean = draws.iter().sum::<f64>() / n;
        let got_variance = draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
        let mean_error = libm::sqrt(variance / n);
        let variance_error = variance * libm::sqrt((kurtosis - 1.0) / n);
        assert!((got_mean - mean).abs() < 5.0 * mean_error, "{name}: mean {got_mean}, not {mean}");
        assert!((got_variance - variance).abs() < 5.0 * variance_error, "{name}: variance {got_variance}");
    }

    #[test]
    fn samplers_have_the_moments_of_their_families() {
        check_moments("uniform", 0.5, 1.0 / 12.0, 1.8, Rng::uniform);
        check_moments("normal", 0.0, 1.0, 3.0, Rng::normal);
        check_moments("exponential", 1.0, 1.0, 9.0, Rng::exponential);
        check_moments("gamma/small", 0.3, 0.3, 3.0 + 6.0 / 0.3, |rng| rng.gamma(0.3));
        check_moments("gamma/large", 7.5, 7.5, 3.0 + 6.0 / 7.5, |rng| rng.gamma(7.5));
        check_moments("beta", 2.0 / 5.0, 0.04, 2.4, |rng| rng.beta(2.0, 3.0));
        check_moments("poisson/small", 2.5, 2.5, 3.4, |rng| rng.poisson(2.5) as f64);
        check_moments("poisson/large", 900.0, 900.0, 3.0, |rng| rng.poisson(900.0) as f64);
        check_moments("below", 4.5, 8.25, 1.8, |rng| rng.below(10) as f64);
        check_moments("dirichlet", 0.2, 0.04, 4.0, |rng| rng.dirichlet(&[0.6, 1.8, 0.6])[0]);
    }

    #[test]
    fn tiny_shapes_still_give_shares() {
        let mut rng = Seed::named("tiny").rng();
        for _ in 0..200 {
            let shares = rng.dirichlet(&[1e-6, 1e-6, 1e-6]);
            assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{shares:?}");
            assert!((0.0..=1.0).contains(&rng.beta(1e-6, 1e-6)));
        }
    }

    #[test]
    fn sampling_without_replacement_is_exact_and_even() {
        let mut rng = Seed::named("without").rng();
        let mut drawn = [0_u32; 10];
        for _ in 0..10_000 {
            let sample = rng.sample_without_replacement(10, 3);
            assert!(sample[0] != sample[1] && sample[0] != sample[2] && sample[1] != sample[2]);
            for index in sample {
                drawn[index] += 1;
            }
        }
        assert!(drawn.iter().all(|count| count.abs_diff(3000) < 250), "{drawn:?}");
        assert_eq!(rng.sample_without_replacement(0, 0), Vec::<usize>::new());
    }

    #[test]
    fn weighted_sampling_keeps_the_count_and_the_odds() {
        let mut rng = Seed::named("weighted").rng();
        let weights = [6.0, 1.0, 0.0, 1.0];
        let mut first = [0_u32; 4];
        for _ in 0..16_000 {
            let chosen = rng.weighted_top(&weights, 1);
            assert_eq!(chosen.len(), 1);
            first[chosen[0]] += 1;
        }
        assert_eq!(first[2], 0);
        assert!(first[0].abs_diff(12_000) < 300 && first[1].abs_diff(2000) < 220, "{first:?}");
        assert_eq!(rng.weighted_top(&weights, 9), [0, 1, 3]);
    }
}
