//! Distribution functions and quantiles over `libm`, with the same bits on every target.
//!
//! Quantiles turn a uniform number into a draw of any family, so that a copula can carry the dependence.
//! Every family has unit scale; multiply by the scale and add the location yourself. Figures are checked
//! against scipy to 1e-9 relative or better.

use libm::{erfc, exp, expm1, fabs, lgamma, log, log1p, sqrt};

/// Terms after which a series or a continued fraction stops; shapes up to a million need fewer.
const TERMS_MAX: usize = 100_000;
/// Steps after which a quantile search stops; bisection alone would need about 60.
const STEPS_MAX: usize = 200;
/// The greatest mean whose probability of 0 is still a normal number.
pub const COUNT_MEAN_MAX: f64 = 700.0;

/// AS241, |p - 1/2| <= 0.425, numerator, highest power first.
const CENTRE_TOP: [f64; 8] = [
    2_509.080_928_730_122_7,
    33_430.575_583_588_13,
    67_265.770_927_008_7,
    45_921.953_931_549_87,
    13_731.693_765_509_46,
    1_971.590_950_306_551_3,
    133.141_667_891_784_38,
    3.387_132_872_796_366_5,
];
/// AS241, |p - 1/2| <= 0.425, denominator.
const CENTRE_BOTTOM: [f64; 8] = [
    5_226.495_278_852_854,
    28_729.085_735_721_943,
    39_307.895_800_092_71,
    21_213.794_301_586_597,
    5_394.196_021_424_751,
    687.187_007_492_057_9,
    42.313_330_701_600_91,
    1.0,
];
/// AS241, tail probability down to e^-25, numerator.
const MIDDLE_TOP: [f64; 8] = [
    0.000_774_545_014_278_341_4,
    0.022_723_844_989_269_184,
    0.241_780_725_177_450_6,
    1.270_458_252_452_368_4,
    3.647_848_324_763_204_5,
    5.769_497_221_460_691,
    4.630_337_846_156_546,
    1.423_437_110_749_683_5,
];
/// AS241, tail probability down to e^-25, denominator.
const MIDDLE_BOTTOM: [f64; 8] = [
    1.050_750_071_644_416_9e-09,
    0.000_547_593_808_499_534_5,
    0.015_198_666_563_616_457,
    0.148_103_976_427_480_08,
    0.689_767_334_985_1,
    1.676_384_830_183_803_8,
    2.053_191_626_637_759,
    1.0,
];
/// AS241, below, numerator.
const TAIL_TOP: [f64; 8] = [
    2.010_334_399_292_288_1e-07,
    2.711_555_568_743_487_6e-05,
    0.001_242_660_947_388_078_4,
    0.026_532_189_526_576_124,
    0.296_560_571_828_504_87,
    1.784_826_539_917_291_3,
    5.463_784_911_164_114,
    6.657_904_643_501_103,
];
/// AS241, below, denominator.
const TAIL_BOTTOM: [f64; 8] = [
    2.044_263_103_389_939_7e-15,
    1.421_511_758_316_446e-07,
    1.846_318_317_510_054_8e-05,
    0.000_786_869_131_145_613_3,
    0.014_875_361_290_850_615,
    0.136_929_880_922_735_8,
    0.599_832_206_555_888,
    1.0,
];

/// Probability that a standard normal is at most `z`.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * erfc(-z / std::f64::consts::SQRT_2)
}

/// The standard normal's `p` quantile, to about 1e-16 relative (Wichura 1988, algorithm AS241).
pub fn normal_quantile(p: f64) -> f64 {
    assert_probability(p);
    let centred = p - 0.5;
    if fabs(centred) <= 0.425 {
        let r = 0.180_625 - centred * centred;
        return centred * polynomial(&CENTRE_TOP, r) / polynomial(&CENTRE_BOTTOM, r);
    }
    let tail = if centred < 0.0 { p } else { 1.0 - p };
    if tail == 0.0 {
        return centred * f64::INFINITY;
    }
    let r = sqrt(-log(tail));
    let size = if r <= 5.0 {
        polynomial(&MIDDLE_TOP, r - 1.6) / polynomial(&MIDDLE_BOTTOM, r - 1.6)
    } else {
        polynomial(&TAIL_TOP, r - 5.0) / polynomial(&TAIL_BOTTOM, r - 5.0)
    };
    if centred < 0.0 { -size } else { size }
}

/// Regularised lower incomplete gamma function `P(shape, x)`: the gamma family's distribution function.
pub fn gamma_lower(shape: f64, x: f64) -> f64 {
    exp(ln_gamma_tails(shape, x).0)
}

/// Regularised upper incomplete gamma function `Q(shape, x)`, which is `1 - P` without cancellation.
pub fn gamma_upper(shape: f64, x: f64) -> f64 {
    exp(ln_gamma_tails(shape, x).1)
}

/// Regularised incomplete beta function `I_x(a, b)`: the beta family's distribution function.
pub fn beta_lower(a: f64, b: f64, x: f64) -> f64 {
    assert_probability(x);
    exp(ln_beta_tails(a, b, x, 1.0 - x).0)
}

/// The gamma family's `p` quantile at scale 1.
pub fn gamma_quantile(p: f64, shape: f64) -> f64 {
    assert_probability(p);
    assert_positive(shape);
    if p == 0.0 || p == 1.0 {
        return if p == 0.0 { 0.0 } else { f64::INFINITY };
    }
    // P(x) <= x^shape / Γ(shape + 1) bounds the logarithm of the answer from below.
    let low = (log(p) + lgamma(shape + 1.0)) / shape;
    let (lower, target) = if p <= 0.5 { (true, log(p)) } else { (false, log(1.0 - p)) };
    let mut high = log(shape.max(1.0));
    while ln_gamma_tails(shape, exp(high)).1 > log1p(-p) {
        high += std::f64::consts::LN_2;
    }
    exp(solve(low, high.max(low), |t| {
        let x = exp(t);
        let (ln_lower, ln_upper) = ln_gamma_tails(shape, x);
        let ln_tail = if lower { ln_lower } else { ln_upper };
        let slope = exp(shape * t - x - lgamma(shape) - ln_tail);
        if lower { (ln_tail - target, slope) } else { (target - ln_tail, slope) }
    }))
}

/// The beta family's `p` quantile.
pub fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    assert_probability(p);
    beta_quantile_sides(p, 1.0 - p, a, b).0
}

/// The `p` quantile of Student's t with `freedom` degrees of freedom.
pub fn student_t_quantile(p: f64, freedom: f64) -> f64 {
    assert_probability(p);
    let tail = p.min(1.0 - p);
    if tail == 0.0 {
        return (p - 0.5) * f64::INFINITY;
    }
    // freedom / (freedom + t²) is beta(freedom/2, 1/2).
    let (share, rest) = beta_quantile_sides(2.0 * tail, 1.0 - 2.0 * tail, 0.5 * freedom, 0.5);
    let size = sqrt(freedom * rest / share);
    if p < 0.5 { -size } else { size }
}

/// The Weibull family's `p` quantile at scale 1.
pub fn weibull_quantile(p: f64, shape: f64) -> f64 {
    assert_probability(p);
    assert_positive(shape);
    libm::pow(-log1p(-p), 1.0 / shape)
}

/// The `p` quantile of the exponential of a normal with mean `mu` and standard deviation `sigma`.
pub fn lognormal_quantile(p: f64, mu: f64, sigma: f64) -> f64 {
    exp(mu + sigma * normal_quantile(p))
}

/// The Poisson family's `p` quantile: the least count whose distribution function reaches `p`.
///
/// Sums from 0, so its time grows with the mean, which is at most [`COUNT_MEAN_MAX`].
pub fn poisson_quantile(p: f64, mean: f64) -> u64 {
    assert!((0.0..=COUNT_MEAN_MAX).contains(&mean), "a Poisson mean lies in [0, 700], not {mean}");
    count_quantile(p, mean, exp(-mean), |count| mean / count)
}

/// The `p` quantile of the negative binomial with variance `mean + dispersion · mean²`.
///
/// A dispersion of 0 is Poisson. Sums from 0, so its time grows with the mean ([`COUNT_MEAN_MAX`] at most).
pub fn negative_binomial_quantile(p: f64, mean: f64, dispersion: f64) -> u64 {
    if dispersion == 0.0 {
        return poisson_quantile(p, mean);
    }
    assert!((0.0..=COUNT_MEAN_MAX).contains(&mean), "a mean count lies in [0, 700], not {mean}");
    assert_positive(dispersion);
    let size = 1.0 / dispersion;
    let failure = mean / (size + mean);
    let none = exp(-size * log1p(mean * dispersion));
    count_quantile(p, mean, none, |count| failure * (size + count - 1.0) / count)
}

/// The least count whose summed probability reaches `p`; `ratio(k)` is P(k) / P(k - 1).
fn count_quantile(p: f64, mean: f64, none: f64, ratio: impl Fn(f64) -> f64) -> u64 {
    assert_probability(p);
    let (mut count, mut term, mut sum) = (0_u64, none, none);
    while sum < p {
        count += 1;
        term *= ratio(count as f64);
        let next = sum + term;
        // Past the mean, a term too small to move the sum means that no later count can.
        if next == sum && count as f64 > mean {
            break;
        }
        sum = next;
    }
    count
}

/// The beta quantile and its complement for the tails `p` and `q = 1 - p`, each accurate however small.
fn beta_quantile_sides(p: f64, q: f64, a: f64, b: f64) -> (f64, f64) {
    assert_positive(a);
    assert_positive(b);
    if p <= beta_lower(a, b, 0.5) {
        let x = beta_quantile_left(p, q, a, b);
        (x, 1.0 - x)
    } else {
        let y = beta_quantile_left(q, p, b, a);
        (1.0 - y, y)
    }
}

/// The beta quantile for the tails `p` and `q = 1 - p`, where it is known to be at most one half.
fn beta_quantile_left(p: f64, q: f64, a: f64, b: f64) -> f64 {
    if p == 0.0 {
        return 0.0;
    }
    // Up to one half the tail is x^a / (a B) times a factor of at most 1 (b >= 1) or 2 (b < 1).
    let ln2 = std::f64::consts::LN_2;
    let ln_beta = lgamma(a) + lgamma(b) - lgamma(a + b);
    let factor = if b < 1.0 { ln2 } else { 0.0 };
    let low = (log(p) + log(a) + ln_beta - factor) / a;
    exp(solve(low.min(-ln2), -ln2, |t| {
        let (x, y) = (exp(t), -expm1(t));
        let (ln_lower, ln_upper) = ln_beta_tails(a, b, x, y);
        let ln_density = a * t + (b - 1.0) * log(y) - ln_beta;
        if p <= q {
            (ln_lower - log(p), exp(ln_density - ln_lower))
        } else {
            (log(q) - ln_upper, exp(ln_density - ln_upper))
        }
    }))
}

/// The zero of an increasing function in `[low, high]`: Newton's method from `low`, inside a shrinking bracket.
fn solve(mut low: f64, mut high: f64, value_and_slope: impl Fn(f64) -> (f64, f64)) -> f64 {
    let mut t = low;
    for _ in 0..STEPS_MAX {
        let (value, slope) = value_and_slope(t);
        if value < 0.0 {
            low = t;
        } else {
            high = t;
        }
        let newton = t - value / slope;
        let next = if newton > low && newton < high { newton } else { low + 0.5 * (high - low) };
        let step = fabs(next - t);
        t = next;
        if step <= 1e-15 * fabs(t).max(1.0) {
            break;
        }
    }
    t
}

/// Logarithms of the lower and the upper incomplete gamma function, each accurate where it is small.
fn ln_gamma_tails(shape: f64, x: f64) -> (f64, f64) {
    assert_positive(shape);
    if x <= 0.0 {
        return (f64::NEG_INFINITY, 0.0);
    }
    if x == f64::INFINITY {
        return (0.0, f64::NEG_INFINITY);
    }
    let ln_front = shape * log(x) - x - lgamma(shape);
    if x < shape + 1.0 {
        let ln_lower = (ln_front + log(gamma_series(shape, x))).min(0.0);
        (ln_lower, log1p(-exp(ln_lower)))
    } else {
        let ln_upper = (ln_front + log(gamma_fraction(shape, x))).min(0.0);
        (log1p(-exp(ln_upper)), ln_upper)
    }
}

/// The power series of the lower incomplete gamma function, for `x` below `shape + 1`.
fn gamma_series(shape: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut divisor) = (1.0 / shape, 1.0 / shape, shape);
    for _ in 0..TERMS_MAX {
        divisor += 1.0;
        term *= x / divisor;
        sum += term;
        if term <= sum * f64::EPSILON * 0.25 {
            break;
        }
    }
    sum
}

/// Legendre's continued fraction of the upper incomplete gamma function (modified Lentz), for larger `x`.
fn gamma_fraction(shape: f64, x: f64) -> f64 {
    let mut b = x + 1.0 - shape;
    let mut lentz = Lentz::start(1.0, b);
    for i in 1..TERMS_MAX {
        b += 2.0;
        if lentz.step(-(i as f64) * (i as f64 - shape), b) {
            break;
        }
    }
    lentz.value
}

/// Logarithms of the incomplete beta function and of its complement; `y` is `1 - x`, given apart so that
/// neither end cancels.
fn ln_beta_tails(a: f64, b: f64, x: f64, y: f64) -> (f64, f64) {
    assert_positive(a);
    assert_positive(b);
    if x <= 0.0 {
        return (f64::NEG_INFINITY, 0.0);
    }
    if y <= 0.0 {
        return (0.0, f64::NEG_INFINITY);
    }
    let ln_front = a * log(x) + b * log(y) + lgamma(a + b) - lgamma(a) - lgamma(b);
    if x < (a + 1.0) / (a + b + 2.0) {
        let ln_lower = (ln_front + log(beta_fraction(a, b, x) / a)).min(0.0);
        (ln_lower, log1p(-exp(ln_lower)))
    } else {
        let ln_upper = (ln_front + log(beta_fraction(b, a, y) / b)).min(0.0);
        (log1p(-exp(ln_upper)), ln_upper)
    }
}

/// The continued fraction of the incomplete beta function (DLMF 8.17.22, modified Lentz).
fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let mut lentz = Lentz::start(1.0, 1.0);
    for term in 1..TERMS_MAX {
        let m = (term / 2) as f64;
        let numerator = if term % 2 == 0 {
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m))
        } else {
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0))
        };
        if lentz.step(numerator, 1.0) {
            break;
        }
    }
    lentz.value
}

/// A continued fraction evaluated from the front (modified Lentz's method).
struct Lentz {
    value: f64,
    c: f64,
    d: f64,
}

impl Lentz {
    /// Stands in for an exact 0 in a denominator.
    const TINY: f64 = 1e-300;

    /// The fraction `a / b`.
    fn start(a: f64, b: f64) -> Self {
        let d = 1.0 / Self::away_from_zero(b);
        Self { value: a * d, c: a / Self::TINY, d }
    }

    /// Adds the partial fraction `a / (b + ...)`; true once it no longer moves the value.
    fn step(&mut self, a: f64, b: f64) -> bool {
        self.d = 1.0 / Self::away_from_zero(a * self.d + b);
        self.c = Self::away_from_zero(b + a / self.c);
        let factor = self.c * self.d;
        self.value *= factor;
        fabs(factor - 1.0) <= f64::EPSILON
    }

    fn away_from_zero(value: f64) -> f64 {
        if fabs(value) < Self::TINY { Self::TINY } else { value }
    }
}

/// A polynomial by Horner's rule, highest power first.
fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

fn assert_probability(p: f64) {
    assert!((0.0..=1.0).contains(&p), "a probability lies in [0, 1], not {p}");
}

fn assert_positive(parameter: f64) {
    assert!(parameter > 0.0 && parameter.is_finite(), "a parameter is positive and finite, not {parameter}");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Functions, arguments and scipy's figures.
    const GOLDEN: &str = include_str!("special_golden.csv");

    fn evaluate(function: &str, arguments: &[f64]) -> f64 {
        match (function, arguments) {
            ("normal_cdf", &[z]) => normal_cdf(z),
            ("normal_quantile", &[p]) => normal_quantile(p),
            ("gamma_lower", &[x, shape]) => gamma_lower(shape, x),
            ("gamma_upper", &[x, shape]) => gamma_upper(shape, x),
            ("gamma_quantile", &[p, shape]) => gamma_quantile(p, shape),
            ("beta_lower", &[x, a, b]) => beta_lower(a, b, x),
            ("beta_quantile", &[p, a, b]) => beta_quantile(p, a, b),
            ("student_t_quantile", &[p, freedom]) => student_t_quantile(p, freedom),
            ("weibull_quantile", &[p, shape]) => weibull_quantile(p, shape),
            ("lognormal_quantile", &[p, mu, sigma]) => lognormal_quantile(p, mu, sigma),
            ("poisson_quantile", &[p, mean]) => poisson_quantile(p, mean) as f64,
            ("negative_binomial_quantile", &[p, mean, dispersion]) => {
                negative_binomial_quantile(p, mean, dispersion) as f64
            }
            other => panic!("no such function and arguments: {other:?}"),
        }
    }

    #[test]
    fn every_function_agrees_with_scipy() {
        let mut worst = (0.0, "");
        for line in GOLDEN.lines().skip(1) {
            let (function, rest) = line.split_once(',').unwrap();
            let numbers: Vec<f64> = rest.split(',').map(|number| number.parse().unwrap()).collect();
            let (expected, arguments) = numbers.split_last().unwrap();
            let got = evaluate(function, arguments);
            // Below the least normal number a double has no relative accuracy to compare.
            let error = fabs(got - expected) / fabs(*expected).max(f64::MIN_POSITIVE);
            if error > worst.0 {
                worst = (error, line);
            }
        }
        assert!(worst.0 < 1e-10, "relative error {:e} at {}", worst.0, worst.1);
    }

    #[test]
    fn quantiles_invert_their_distribution_functions_over_every_shape() {
        for step in 1..200 {
            let p = f64::from(step) / 200.0;
            for shape in [0.02, 0.3, 1.0, 1.7, 12.0, 3000.0] {
                assert!(fabs(gamma_lower(shape, gamma_quantile(p, shape)) - p) < 1e-11, "gamma {shape} {p}");
                for other in [0.4, 1.0, 9.0, 2500.0] {
                    let x = beta_quantile(p, shape, other);
                    // Next to 1 the nearest double to the quantile may miss p by more than the algorithm does.
                    let miss = fabs(beta_lower(shape, other, x) - p);
                    assert!(miss < 1e-9 || 1.0 - x < 1e-6, "beta {shape} {other} {p}: {miss:e}");
                }
            }
        }
    }

    #[test]
    fn the_ends_of_the_unit_interval_have_quantiles() {
        assert_eq!((normal_quantile(0.0), normal_quantile(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!((gamma_quantile(0.0, 2.0), gamma_quantile(1.0, 2.0)), (0.0, f64::INFINITY));
        assert_eq!((beta_quantile(0.0, 2.0, 0.5), beta_quantile(1.0, 2.0, 0.5)), (0.0, 1.0));
        assert_eq!(student_t_quantile(0.5, 3.0), 0.0);
        assert_eq!((poisson_quantile(0.0, 4.0), negative_binomial_quantile(0.0, 4.0, 1.0)), (0, 0));
        assert!(poisson_quantile(1.0, 4.0) < 100);
        for p in [f64::EPSILON / 2.0, 1.0 - f64::EPSILON / 2.0] {
            assert!(gamma_quantile(p, 0.05).is_finite() && student_t_quantile(p, 4.0).is_finite());
        }
    }
}
