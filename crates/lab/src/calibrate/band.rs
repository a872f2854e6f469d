//! Band: the pass rates that a task should have, and where a task stands to them.

use std::fmt;
use std::str::FromStr;

use envy_core::special::beta_lower;
use envy_core::special::beta_quantile;
use serde::{Deserialize, Serialize};

use crate::error::LabError;

/// A range of pass rates.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Least pass rate inside.
    pub low: f64,
    /// Greatest pass rate inside.
    pub high: f64,
}

/// Where a pass rate lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Inside.
    InBand,
    /// It passes too often: too easy.
    Above,
    /// It passes too seldom: too hard.
    Below,
    /// Near a bound: [`EPISODES_MAX`] episodes did not decide, and more are not worth their price.
    Edge,
    /// Too few episodes to say.
    Undecided,
}

/// Where what was seen places a pass rate, by the posterior under a uniform prior.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placement {
    /// The answer.
    pub place: Place,
    /// Graded episodes that passed.
    pub passed: u64,
    /// Graded episodes.
    pub episodes: u64,
    /// Posterior mean of the pass rate.
    pub mean: f64,
    /// Posterior 90 % interval of the pass rate.
    pub interval: [f64; 2],
    /// Posterior mass inside the band.
    pub mass: f64,
    /// More episodes that would decide if they went as those before; nothing if decided, or if [`EPISODES_MAX`] would
    /// not do.
    pub more: Option<u64>,
}

/// Mass that puts a rate inside.
const MASS_IN: f64 = 0.90;

/// Mass that keeps it out.
const MASS_OUT: f64 = 0.05;

/// Episodes of one batch.
pub const BATCH: u64 = 4;

/// Episodes after which a rate that is still undecided is called an edge.
pub const EPISODES_MAX: u64 = 64;

impl Band {
    /// From a tenth to four tenths: hard, but not hopeless.
    pub fn standard() -> Self {
        Self { low: 0.1, high: 0.4 }
    }

    /// The rate to aim at.
    pub fn target(self) -> f64 {
        0.5 * (self.low + self.high)
    }

    /// A rate lies inside, bounds included.
    pub fn holds(self, rate: f64) -> bool {
        (self.low..=self.high).contains(&rate)
    }

    /// Posterior mass inside after `passed` of `episodes`, under a uniform prior.
    ///
    /// # Panics
    /// More passes than episodes.
    pub fn mass(self, passed: u64, episodes: u64) -> f64 {
        let (a, b) = posterior(passed, episodes);
        beta_lower(a, b, self.high) - beta_lower(a, b, self.low)
    }

    /// Where `passed` of `episodes` place a rate.
    ///
    /// # Panics
    /// More passes than episodes.
    pub fn place(self, passed: u64, episodes: u64) -> Placement {
        let (a, b) = posterior(passed, episodes);
        let mean = a / (a + b);
        let place = self.decide(passed, episodes);
        Placement {
            place,
            passed,
            episodes,
            mean,
            interval: [beta_quantile(0.05, a, b), beta_quantile(0.95, a, b)],
            mass: self.mass(passed, episodes),
            more: if place == Place::Undecided { self.more(passed, episodes) } else { None },
        }
    }

    fn decide(self, passed: u64, episodes: u64) -> Place {
        let (a, b) = posterior(passed, episodes);
        let mass = self.mass(passed, episodes);
        if mass >= MASS_IN {
            Place::InBand
        } else if mass <= MASS_OUT {
            let above = 1.0 - beta_lower(a, b, self.high);
            if above > beta_lower(a, b, self.low) { Place::Above } else { Place::Below }
        } else if episodes >= EPISODES_MAX {
            Place::Edge
        } else {
            Place::Undecided
        }
    }

    /// The least number of further episodes that decide if the pass rate stays as it is.
    fn more(self, passed: u64, episodes: u64) -> Option<u64> {
        let (a, b) = posterior(passed, episodes);
        let rate = a / (a + b);
        (1..EPISODES_MAX.saturating_sub(episodes)).find(|more| {
            let expected = passed + libm::round(rate * *more as f64) as u64;
            self.decide(expected, episodes + more) != Place::Undecided
        })
    }
}

/// The parameters of the Beta posterior.
fn posterior(passed: u64, episodes: u64) -> (f64, f64) {
    assert!(passed <= episodes, "{passed} passes of {episodes} episodes");
    (passed as f64 + 1.0, (episodes - passed) as f64 + 1.0)
}

impl FromStr for Band {
    type Err = LabError;

    /// Reads `0.1..0.4`, `10..40%` or `10-40%`.
    fn from_str(text: &str) -> Result<Self, LabError> {
        let fail = |what: &str| {
            LabError::usage(
                format!("the band \"{text}\" {what}"),
                "write two pass rates between 0 and 1, the lower one first, such as 0.1..0.4 or 10-40%",
            )
        };
        let (plain, scale) = text.strip_suffix('%').map_or((text, 1.0), |plain| (plain, 0.01));
        let parts = plain.split_once("..").or_else(|| plain.split_once('-'));
        let (low, high) = parts.ok_or_else(|| fail("is no range"))?;
        let number = |part: &str| part.trim().trim_end_matches('%').parse::<f64>();
        let (Ok(low), Ok(high)) = (number(low), number(high)) else {
            return Err(fail("is no range of numbers"));
        };
        let band = Self { low: low * scale, high: high * scale };
        if !(0.0..=1.0).contains(&band.low) || !(0.0..=1.0).contains(&band.high) {
            return Err(fail("does not lie between 0 and 1"));
        }
        if band.low > band.high {
            return Err(fail("has its higher rate first"));
        }
        if band.low >= band.high {
            return Err(fail("has no width"));
        }
        Ok(band)
    }
}

impl fmt::Display for Band {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.0}-{:.0} %", 100.0 * self.low, 100.0 * self.high)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::InBand => "in band",
            Self::Above => "too easy",
            Self::Below => "too hard",
            Self::Edge => "at the edge",
            Self::Undecided => "undecided",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What sequential placement comes to at a true rate: the chance of each place, and the episodes it takes, exactly.
    fn sequential(rate: f64) -> (f64, f64) {
        let band = Band::standard();
        let mut alive = vec![1.0];
        let (mut inside, mut episodes) = (0.0, 0.0);
        let mut seen = 0;
        while !alive.is_empty() && alive.iter().any(|mass| *mass > 0.0) {
            for _ in 0..BATCH {
                let mut next = vec![0.0; alive.len() + 1];
                for (passed, mass) in alive.iter().enumerate() {
                    next[passed] += mass * (1.0 - rate);
                    next[passed + 1] += mass * rate;
                }
                alive = next;
            }
            seen += BATCH;
            for (passed, mass) in alive.iter_mut().enumerate() {
                let place = band.place(passed as u64, seen).place;
                if place != Place::Undecided {
                    inside += if place == Place::InBand { *mass } else { 0.0 };
                    episodes += *mass * seen as f64;
                    *mass = 0.0;
                }
            }
        }
        (inside, episodes)
    }

    #[test]
    fn the_mass_of_the_posterior_is_that_of_the_tables() {
        // Spec figures: the smallest numbers of episodes with a mass of 0.95, and what 48 of them accept.
        let band = Band::standard();
        let first = (1..100).find(|n| (0..=*n).any(|k| band.mass(k, *n) >= 0.95));
        assert_eq!(first, Some(27));
        let accepted: Vec<u64> = (0..=48).filter(|k| band.mass(*k, 48) >= 0.95).collect();
        assert_eq!((accepted[0], *accepted.last().unwrap()), (9, 13));
    }

    #[test]
    fn sequential_placement_spends_what_theory_says() {
        for (rate, inside, episodes) in
            [(0.22, 0.92, 33.0), (0.0, 0.0, 28.0), (0.8, 0.0, 7.0), (1.0, 0.0, 4.0)]
        {
            let (share, spent) = sequential(rate);
            assert!((share - inside).abs() < 0.03, "{rate}: {share} inside");
            assert!((spent - episodes).abs() < 2.0, "{rate}: {spent} episodes");
        }
    }

    #[test]
    fn a_placement_says_how_far_it_is_from_an_answer() {
        let band = Band::standard();
        assert_eq!(band.place(4, 4).place, Place::Above);
        assert_eq!(band.place(0, 40).place, Place::Below);
        assert_eq!(band.place(14, 64).place, Place::InBand);
        assert_eq!(band.place(26, 64).place, Place::Edge);
        let early = band.place(2, 8);
        assert_eq!(early.place, Place::Undecided);
        let more = early.more.unwrap();
        let later = band.place(2 + libm::round(0.3 * more as f64) as u64, 8 + more);
        assert_ne!(later.place, Place::Undecided);
    }

    #[test]
    fn bands_are_read_in_three_spellings_and_refused_in_a_sentence() {
        for text in ["0.1..0.4", "10..40%", "10-40%", "10%-40%"] {
            let band: Band = text.parse().unwrap();
            assert!((band.low - 0.1).abs() < 1e-12 && (band.high - 0.4).abs() < 1e-12, "{text}");
        }
        for (text, said) in [
            ("0.3..0.3", "has no width"),
            ("0.4..0.1", "has its higher rate first"),
            ("0.1..1.4", "between 0 and 1"),
            ("-0.1..0.4", "between 0 and 1"),
            ("half", "is no range"),
            ("a..b", "no range of numbers"),
        ] {
            let error = text.parse::<Band>().unwrap_err();
            assert!(error.to_string().contains(said), "{text}: {error}");
            assert!(error.hint().contains("10-40%"));
        }
    }
}
