//! Curriculum: which tasks to train on next.
//!
//! The dials make a ladder of rungs from easy to hard. What was learned at each rung is a Beta count that forgets, and
//! rungs are drawn by their learnability `p (1 - p)`, which is greatest where half of the attempts pass: a group of
//! rollouts that all pass or all fail has no gradient. Rungs above the frontier are opened as it is mastered. Held-out
//! rungs are never drawn: they are for measuring.

use std::path::Path;

use envy_core::{EnvironmentInfo, Seed};
use serde::{Deserialize, Serialize};

use super::dials::DialRange;
use crate::error::LabError;

/// Schema of the file.
const SCHEMA: &str = "envy.curriculum/1";

/// Rollouts after which what was seen counts half.
const HALF_LIFE: f64 = 30.0;

/// Pass rate of the frontier that opens the next rung.
const MASTERED: f64 = 0.6;

/// Rollouts that the frontier needs before the next rung opens.
const FRONTIER_MIN: f64 = 8.0;

/// The most rungs of a ladder.
pub const RUNGS_MAX: usize = 50;

/// A curriculum and what it has learned; saved as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curriculum {
    schema: String,
    /// The environment's registry name.
    pub environment: String,
    /// The generator's version.
    pub generator: String,
    /// Where the draws come from, a decimal string in JSON.
    seed: String,
    /// Draws so far.
    pub drawn: u64,
    /// Rungs from easy to hard.
    pub rungs: Vec<Rung>,
}

/// One setting of the dials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// Knob settings, as on the command line.
    pub settings: Vec<(String, String)>,
    /// Never drawn.
    pub held_out: bool,
    /// Open for training.
    pub open: bool,
    /// Passes, discounted.
    pub passed: f64,
    /// Failures, discounted.
    pub failed: f64,
    /// Rollouts in all.
    pub rollouts: u64,
}

/// A task to train on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Draw {
    /// Index of its rung.
    pub rung: usize,
    /// Knob settings.
    pub settings: Vec<(String, String)>,
    /// The task's seed, a decimal string: it does not survive a float.
    pub seed: String,
}

impl Rung {
    /// Posterior mean of the pass rate under a uniform prior.
    pub fn rate(&self) -> f64 {
        (self.passed + 1.0) / (self.passed + self.failed + 2.0)
    }

    /// Posterior mean of `p (1 - p)`.
    pub fn learnability(&self) -> f64 {
        let (a, b) = (self.passed + 1.0, self.failed + 1.0);
        a * b / ((a + b) * (a + b + 1.0))
    }
}

impl Curriculum {
    /// A ladder of `rungs` along the dials, of which the first is open; every `hold_out`-th rung is held out, none with 0.
    ///
    /// # Errors
    /// Fewer than two rungs, more than [`RUNGS_MAX`], or none left to draw.
    pub fn new(
        info: &EnvironmentInfo,
        dials: &[DialRange],
        rungs: usize,
        hold_out: usize,
        seed: u64,
    ) -> Result<Self, LabError> {
        if !(2..=RUNGS_MAX).contains(&rungs) {
            return Err(LabError::usage(
                format!("a curriculum cannot have {rungs} rungs"),
                format!("it takes 2 to {RUNGS_MAX}"),
            ));
        }
        if hold_out == 1 {
            return Err(LabError::usage(
                "every rung would be held out",
                "hold out every 2nd or a rarer one, or 0 for none",
            ));
        }
        let mut ladder: Vec<Rung> = Vec::with_capacity(rungs);
        for index in 0..rungs {
            let at = index as f64 / (rungs - 1) as f64;
            let settings: Vec<(String, String)> =
                dials.iter().map(|dial| (dial.knob.clone(), dial.at(at).0.to_owned())).collect();
            // Coarse dials give the same settings twice.
            if ladder.last().is_none_or(|last| last.settings != settings) {
                let held_out = hold_out > 0 && ladder.len() % hold_out == hold_out - 1;
                ladder.push(Rung { settings, held_out, open: false, passed: 0.0, failed: 0.0, rollouts: 0 });
            }
        }
        ladder[0].open = true;
        Ok(Self {
            schema: SCHEMA.to_owned(),
            environment: info.name.to_owned(),
            generator: info.version.to_owned(),
            seed: seed.to_string(),
            drawn: 0,
            rungs: ladder,
        })
    }

    /// The next tasks to train on.
    pub fn draw(&mut self, count: usize) -> Vec<Draw> {
        (0..count).map(|_| self.draw_one()).collect()
    }

    fn draw_one(&mut self) -> Draw {
        let mut rng = Seed::named("curriculum").derive(&format!("{}/draw/{}", self.seed, self.drawn)).rng();
        self.drawn += 1;
        let weight = |rung: &Rung| if rung.open && !rung.held_out { rung.learnability() } else { 0.0 };
        let mut left = rng.uniform() * self.rungs.iter().map(weight).sum::<f64>();
        let drawn = self.rungs.iter().position(|rung| {
            left -= weight(rung);
            weight(rung) > 0.0 && left <= 0.0
        });
        // Rounding may leave a crumb after the last open rung.
        let last = || self.rungs.iter().rposition(|rung| weight(rung) > 0.0).expect("the first rung is open");
        let rung = drawn.unwrap_or_else(last);
        Draw { rung, settings: self.rungs[rung].settings.clone(), seed: rng.next_u64().to_string() }
    }

    /// What became of rollouts at a rung.
    ///
    /// # Errors
    /// There is no such rung, it is held out, or more passed than there were.
    pub fn learn(&mut self, rung: usize, passed: u64, rollouts: u64) -> Result<(), LabError> {
        let count = self.rungs.len();
        let found = self.rungs.get_mut(rung).ok_or_else(|| {
            LabError::usage(format!("there is no rung {rung}"), format!("rungs are 0 to {}", count - 1))
        })?;
        if found.held_out {
            return Err(LabError::usage(
                format!("rung {rung} is held out"),
                "nothing is learned from it: measure on it with `envy eval`",
            ));
        }
        if passed > rollouts {
            return Err(LabError::usage(
                format!("{passed} of {rollouts} rollouts cannot have passed"),
                "give the passes first, then all rollouts",
            ));
        }
        let kept = libm::pow(0.5, rollouts as f64 / HALF_LIFE);
        found.passed = found.passed * kept + passed as f64;
        found.failed = found.failed * kept + (rollouts - passed) as f64;
        found.rollouts += rollouts;
        self.open_next();
        Ok(())
    }

    /// Opens the rung after the hardest open one once that is mastered.
    fn open_next(&mut self) {
        let Some(frontier) = self.rungs.iter().rposition(|rung| rung.open && !rung.held_out) else { return };
        let rung = &self.rungs[frontier];
        if rung.rate() < MASTERED || (rung.rollouts as f64) < FRONTIER_MIN {
            return;
        }
        for rung in &mut self.rungs[frontier + 1..] {
            rung.open = true;
            if !rung.held_out {
                break;
            }
        }
    }

    /// The rung whose settings a task's knobs show.
    pub fn rung_of(&self, knobs: &envy_core::Knobs) -> Option<usize> {
        let shows = |(name, value): &(String, String)| {
            knobs.iter().any(|(knob, set)| knob == name && set.to_string() == *value)
        };
        self.rungs.iter().position(|rung| rung.settings.iter().all(shows))
    }

    /// Reads a saved curriculum.
    ///
    /// # Errors
    /// It cannot be read, is none, or was made for another version of the environment.
    pub fn read(
        path: &Path,
        find: impl Fn(&str) -> Result<&'static str, LabError>,
    ) -> Result<Self, LabError> {
        let bytes = std::fs::read(path).map_err(|error| LabError::file("read", path, &error))?;
        let hint = "`envy curriculum start` writes one";
        let read: Self = serde_json::from_slice(&bytes).map_err(|error| {
            LabError::usage(format!("{} is no curriculum: {error}", path.display()), hint)
        })?;
        if read.schema != SCHEMA || read.rungs.is_empty() {
            return Err(LabError::usage(
                format!("{} is no curriculum of this version", path.display()),
                hint,
            ));
        }
        let version = find(&read.environment)?;
        if version != read.generator {
            return Err(LabError::usage(
                format!(
                    "{} is for version {} of {}, this is version {version}",
                    path.display(),
                    read.generator,
                    read.environment
                ),
                "start a new one: what was learned holds for the old tasks",
            ));
        }
        Ok(read)
    }

    /// Saves it, whole or not at all.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), LabError> {
        super::save(path, self)
    }
}

#[cfg(test)]
mod tests {
    use envy_core::Environment as _;

    use super::*;
    use crate::calibrate::dials;
    use crate::testing::Guess;

    fn ladder(rungs: usize, hold_out: usize) -> Curriculum {
        let dials = dials::ranges(Guess.info(), &[]).unwrap();
        Curriculum::new(Guess.info(), &dials, rungs, hold_out, 7).unwrap()
    }

    #[test]
    fn training_moves_up_the_ladder_and_never_draws_what_is_held_out() {
        let mut curriculum = ladder(9, 4);
        let mut rng = Seed::named("student").rng();
        let mut skill = -1.0;
        let mut drawn_late = [0; 9];
        for round in 0..400 {
            let draw = curriculum.draw(1).remove(0);
            assert!(!curriculum.rungs[draw.rung].held_out);
            // A student that learns from what it neither always nor never solves.
            let chance = envy_learn::sigmoid(skill - draw.rung as f64 + 1.0);
            let passed = (0..8).filter(|_| rng.uniform() < chance).count() as u64;
            curriculum.learn(draw.rung, passed, 8).unwrap();
            skill += 0.08 * chance * (1.0 - chance);
            if round >= 300 {
                drawn_late[draw.rung] += 1;
            }
        }
        assert!(skill > 3.0, "{skill}");
        assert!(drawn_late[0] < 25 && drawn_late[3] == 0 && drawn_late[7] == 0, "{drawn_late:?}");
        let rates: Vec<f64> =
            curriculum.rungs.iter().filter(|rung| rung.rollouts > 50).map(Rung::rate).collect();
        assert!(rates.len() >= 4, "{:?}", curriculum.rungs);
    }

    #[test]
    fn a_saved_curriculum_goes_on_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("curriculum.json");
        let mut curriculum = ladder(5, 0);
        curriculum.draw(3);
        curriculum.learn(0, 8, 8).unwrap();
        assert!(curriculum.rungs[1].open);
        curriculum.write(&path).unwrap();
        let find = |_: &str| Ok(Guess.info().version);
        let mut again = Curriculum::read(&path, find).unwrap();
        assert_eq!(again.draw(20), curriculum.draw(20));
        let error = Curriculum::read(&path, |_| Ok("2")).unwrap_err();
        assert!(error.to_string().contains("for version 1 of guess, this is version 2"), "{error}");
        std::fs::write(&path, "{}").unwrap();
        assert!(Curriculum::read(&path, find).unwrap_err().hint().contains("curriculum start"));
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let dials = dials::ranges(Guess.info(), &[]).unwrap();
        let new = |rungs, hold_out| Curriculum::new(Guess.info(), &dials, rungs, hold_out, 0);
        assert!(new(1, 0).is_err() && new(9, 1).is_err() && new(99, 0).is_err());
        let mut curriculum = ladder(9, 4);
        assert!(curriculum.learn(3, 1, 2).unwrap_err().to_string().contains("held out"));
        assert!(curriculum.learn(30, 1, 2).is_err());
        assert!(curriculum.learn(0, 3, 2).is_err());
        let knobs = crate::testing::order(1, 1).knobs;
        let of_default = curriculum.rung_of(&knobs).map(|rung| curriculum.rungs[rung].settings.clone());
        assert_eq!(of_default, Some(vec![("digits".to_owned(), "4".to_owned())]));
    }
}
