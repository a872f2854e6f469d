//! Threshold: a place between the honest baseline and the best possible score, set from a quantile of measured runs.
//!
//! What is tuned is the place (0 at the baseline, 1 at the bound), never a score, so that it means the same on every task.
//! A run that fails anything else that a pass asks for has no place: no threshold would let it pass. The runs are those of
//! tasks that no evaluation uses; the file names them, and a run on one of them is refused.

use std::path::{Path, PathBuf};

use envy_core::{Knobs, TaskId};
use envy_learn::intervals::clopper_pearson;
use serde::{Deserialize, Serialize};

use crate::error::LabError;
use crate::home::Home;
use crate::store::Outcome;

/// With fewer runs than this the quantile is too uncertain to be written down unasked.
pub const RUNS_MIN: usize = 40;
/// The confidence of every interval.
const CONFIDENCE: f64 = 0.95;
/// The metric of an environment that has a scale of thresholds: 0 at the honest baseline, 1 at the bound.
pub const PLACE: &str = "place";
/// The greatest place that can be asked for on this task.
const MOST: &str = "place_most";
/// 1 if everything holds that a pass asks for beside the threshold.
const SOUND: &str = "sound";

/// One run on the scale of its task.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placed {
    /// Its place.
    pub place: f64,
    /// The greatest place that the task asks for.
    pub most: f64,
    /// Everything else that a pass asks for held.
    pub sound: bool,
}

impl Placed {
    /// The place of an episode, if its environment has a scale. One that came to nothing has the place minus infinity.
    pub fn of(outcome: &Outcome) -> Self {
        let metric = |name: &str| outcome.metrics.get(name).copied();
        Self {
            place: metric(PLACE).unwrap_or(f64::NEG_INFINITY),
            most: metric(MOST).unwrap_or(1.0),
            sound: metric(SOUND).is_some_and(|sound| sound > 0.5),
        }
    }

    /// It would pass at this place.
    pub fn passes(&self, lambda: f64) -> bool {
        self.sound && self.place >= lambda.min(self.most)
    }

    /// What counts for the quantile.
    fn effective(&self) -> f64 {
        if self.sound { self.place } else { f64::NEG_INFINITY }
    }
}

/// A share with its 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The share.
    pub value: f64,
    /// Its lower bound.
    pub low: f64,
    /// Its upper bound.
    pub high: f64,
}

/// What a quantile of runs comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    /// The quantile that was asked for.
    pub quantile: f64,
    /// How many runs there were.
    pub runs: usize,
    /// How many of them failed something that no threshold mends.
    pub unsound: usize,
    /// The quantile of the places; nothing if that run is unsound.
    pub raw: Option<f64>,
    /// The runs by rank between which the quantile lies with 95 % confidence, counted from 1.
    pub ranks: [usize; 2],
    /// Their places; nothing where the run is unsound or too few runs bound the quantile.
    pub interval: [Option<f64>; 2],
    /// The place that is used: the quantile, kept between the baseline (0) and the bound (1).
    pub lambda: f64,
    /// The pass rate that the place gives on fresh tasks.
    pub pass_rate: Share,
}

/// Sets the place from runs.
///
/// # Panics
/// There are no runs, or the quantile is not in `(0, 1)`.
pub fn tune(runs: &[Placed], quantile: f64) -> Tuned {
    assert!(!runs.is_empty() && quantile > 0.0 && quantile < 1.0, "a quantile of some runs");
    let mut places: Vec<f64> = runs.iter().map(Placed::effective).collect();
    places.sort_unstable_by(f64::total_cmp);
    let at = |rank: usize| places.get(rank.wrapping_sub(1)).copied().filter(|place| place.is_finite());
    let rank = ((quantile * runs.len() as f64).ceil() as usize).clamp(1, runs.len());
    let raw = at(rank);
    let lambda = raw.unwrap_or(0.0).clamp(0.0, 1.0);
    let passed = runs.iter().filter(|run| run.passes(lambda)).count() as u64;
    let bounds = clopper_pearson(passed, runs.len() as u64, CONFIDENCE);
    let ranks = ranks(runs.len(), quantile);
    Tuned {
        quantile,
        runs: runs.len(),
        unsound: runs.iter().filter(|run| !run.sound).count(),
        raw,
        ranks,
        interval: ranks.map(at),
        lambda,
        pass_rate: Share { value: passed as f64 / runs.len() as f64, low: bounds.low, high: bounds.high },
    }
}

/// The narrowest pair of ranks between which the quantile lies with 95 % confidence; the best covered of equals. The rank 0
/// or one beyond the last means that so few runs bound it on one side only.
fn ranks(runs: usize, quantile: f64) -> [usize; 2] {
    // P(B >= k) for B ~ Binomial(n, q) is the distribution of the k-th smallest of n uniform numbers at q.
    let at_least = |k: usize| match k {
        0 => 1.0,
        k if k > runs => 0.0,
        k => envy_core::special::beta_lower(k as f64, (runs - k + 1) as f64, quantile),
    };
    // The quantile lies above the low-th and below the high-th run if low <= B < high.
    let covered = |low: usize, high: usize| at_least(low) - at_least(high);
    for width in 1..=runs + 1 {
        let pairs = (0..=runs + 1 - width).map(|low| (covered(low, low + width), low));
        if let Some((share, low)) = pairs.max_by(|left, right| left.0.total_cmp(&right.0))
            && share >= CONFIDENCE
        {
            return [low, low + width];
        }
    }
    [0, runs + 1]
}

/// A tuned threshold as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Always `envy.threshold/1`.
    pub schema: String,
    /// The environment.
    pub environment: String,
    /// The generator's version.
    pub generator: String,
    /// The preset, if one was named.
    pub preset: Option<String>,
    /// The knobs of the tasks that it holds for.
    pub knobs: Knobs,
    /// Who played.
    pub model: String,
    /// The run in the store.
    pub run: String,
    /// What came of it.
    #[serde(flatten)]
    pub tuned: Tuned,
    /// The tasks that were played: an evaluation on one of them is refused.
    pub tasks: Vec<TaskId>,
}

/// The version of the file.
pub const SCHEMA: &str = "envy.threshold/1";
/// The folder of the data folder that holds them.
const FOLDER: &str = "calibration";
/// More bytes than this are no calibration.
const BYTES_MAX: u64 = 8 << 20;

impl Calibration {
    /// Where the one of a preset is kept.
    pub fn path(home: &Home, environment: &str, preset: Option<&str>) -> PathBuf {
        let name = format!("threshold-{environment}-{}.json", preset.unwrap_or("default"));
        home.data().join(FOLDER).join(name)
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read, or is something else.
    pub fn read(path: &Path) -> Result<Self, LabError> {
        let length = std::fs::metadata(path).map_err(|error| LabError::file("read", path, &error))?.len();
        let bytes = if length <= BYTES_MAX { std::fs::read(path) } else { Ok(Vec::new()) };
        let bytes = bytes.map_err(|error| LabError::file("read", path, &error))?;
        let read: Option<Self> = serde_json::from_slice(&bytes).ok();
        read.filter(|one| one.schema == SCHEMA && (0.0..=1.0).contains(&one.tuned.lambda)).ok_or_else(|| {
            LabError::usage(
                format!("{} is no calibration of a threshold", path.display()),
                "`envy tune threshold` writes one",
            )
        })
    }

    /// The one that was tuned for tasks of these knobs, if any is kept here.
    ///
    /// # Errors
    /// A kept file cannot be read.
    pub fn find(
        home: &Home,
        environment: &str,
        generator: &str,
        knobs: &Knobs,
    ) -> Result<Option<(PathBuf, Self)>, LabError> {
        let Ok(entries) = std::fs::read_dir(home.data().join(FOLDER)) else { return Ok(None) };
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|path| path.is_file() && path.extension().is_some_and(|extension| extension == "json"));
        files.sort();
        for path in files {
            let one = Self::read(&path)?;
            if one.fits(environment, generator, knobs) {
                return Ok(Some((path, one)));
            }
        }
        Ok(None)
    }

    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), LabError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| LabError::file("write", folder, &error))?;
        }
        super::save(path, self)
    }

    /// Whether it was tuned for tasks of these knobs, made by this version of the generator.
    pub fn fits(&self, environment: &str, generator: &str, knobs: &Knobs) -> bool {
        (self.environment.as_str(), self.generator.as_str()) == (environment, generator)
            && self.knobs == *knobs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(count: usize) -> Vec<Placed> {
        (0..count)
            .map(|run| Placed { place: run as f64 / count as f64, most: 0.95, sound: run % 10 != 9 })
            .collect()
    }

    #[test]
    fn the_interval_of_a_quantile_is_between_two_runs() {
        // The narrowest pairs of order statistics that cover the 0.80 quantile with 95 %.
        assert_eq!(ranks(20, 0.8), [13, 20]);
        assert_eq!(ranks(40, 0.8), [27, 37]);
        assert_eq!(ranks(80, 0.8), [57, 72]);
        // Five runs cannot bound it from above.
        assert!(ranks(5, 0.8)[1] == 6);
    }

    #[test]
    fn a_place_is_the_quantile_and_promises_a_pass_rate() {
        let tuned = tune(&runs(100), 0.8);
        // Ten of a hundred are unsound and count as the lowest.
        assert_eq!((tuned.unsound, tuned.runs), (10, 100));
        let passing = runs(100).iter().filter(|run| run.passes(tuned.lambda)).count();
        assert_eq!((tuned.pass_rate.value * 100.0).round() as usize, passing);
        assert!((20..=21).contains(&passing), "{passing}");
        assert!(tuned.pass_rate.low < 0.2 && 0.2 < tuned.pass_rate.high);
        let [low, high] = tuned.interval.map(Option::unwrap);
        assert!(low < tuned.lambda && tuned.lambda < high);
    }

    #[test]
    fn runs_that_no_threshold_mends_leave_the_place_at_the_baseline() {
        let unsound: Vec<Placed> = runs(50).into_iter().map(|run| Placed { sound: false, ..run }).collect();
        let tuned = tune(&unsound, 0.8);
        assert_eq!((tuned.raw, tuned.lambda, tuned.pass_rate.value), (None, 0.0, 0.0));
        let above: Vec<Placed> = runs(50).into_iter().map(|run| Placed { place: 3.0, ..run }).collect();
        assert_eq!(tune(&above, 0.8).lambda, 1.0);
    }
}
