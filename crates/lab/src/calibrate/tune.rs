//! Tune: the search for a difficulty as it is run, and the file that comes of it.
//!
//! The file is the search's journal too: each step is written before the next one is played, and a search that was
//! interrupted goes on from its file. The promise at the end is measured on seeds that the search never drew.

use std::path::Path;

use envy_core::{Digest, Environment, Seed};
use serde::{Deserialize, Serialize};

use super::band::{Band, Placement};
use super::dials::DialRange;
use super::search::{Search, Step};
use crate::error::LabError;

/// Schema of the file.
const SCHEMA: &str = "envy.calibration/1";

/// Rollouts that a promise needs at least: fewer never put nine tenths of the posterior into a band of usual width.
pub const PROMISE_MIN: u64 = 16;

/// Rollouts that a search needs at least.
pub const SEARCH_MIN: u64 = 16;

/// Steps in a row without a graded rollout after which the search is given up.
const VOID_STEPS_MAX: usize = 3;

/// What is searched for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// The environment's registry name.
    pub environment: String,
    /// The generator's version.
    pub generator: String,
    /// The model, as on the command line.
    pub model: String,
    /// The pass rates wanted.
    pub band: Band,
    /// The knobs that are turned.
    pub dials: Vec<DialRange>,
    /// Knobs that are held, as on the command line.
    pub held: Vec<(String, String)>,
    /// Rollouts in all.
    pub budget: u64,
    /// Tasks of one step; each is played once, so that the rate is over tasks.
    pub batch: u64,
    /// Where the tasks' seeds come from, a decimal string in JSON.
    pub seed: String,
}

/// A search and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    schema: String,
    /// What was searched for.
    pub question: Question,
    /// What was seen.
    pub steps: Vec<Step>,
    /// The knobs that it settled on.
    pub settings: Vec<(String, String)>,
    /// The pass rate measured with them on fresh seeds; nothing while the search is under way.
    pub promise: Option<Placement>,
    /// The digest of all this, so that an edit shows.
    digest: String,
}

/// Plays tasks for a search.
pub trait Player {
    /// What goes wrong when it plays.
    type Error: From<LabError>;

    /// Plays `tasks` fresh tasks of these knobs, once each: how many passed, and how many were graded.
    ///
    /// # Errors
    /// Nothing could be played, or the user broke it off.
    fn play(
        &mut self,
        settings: &[(String, String)],
        seed: u64,
        tasks: u64,
    ) -> Result<(u64, u64), Self::Error>;

    /// A step is over.
    fn seen(&mut self, step: &Seen<'_>);
}

/// A step as it is shown.
pub struct Seen<'a> {
    /// The knobs that were played.
    pub settings: &'a [(String, String)],
    /// Rollouts that passed.
    pub passed: u64,
    /// Graded rollouts.
    pub episodes: u64,
    /// Rollouts of the search so far, and its budget.
    pub spent: (u64, u64),
}

impl Question {
    /// Rollouts that measure the promise: a third of the budget.
    fn promised(&self) -> u64 {
        (self.budget / 3).max(PROMISE_MIN)
    }

    fn search(&self, steps: &[Step]) -> Search {
        let seed = self.root().derive("search");
        let mut search = Search::new(self.dials.clone(), self.band, seed, self.budget - self.promised());
        for step in steps {
            search.record(step.clone());
        }
        search
    }

    fn root(&self) -> Seed {
        Seed::named("tune/difficulty").derive(&self.seed)
    }

    /// The knobs of a position: those that are held, then those that are turned.
    fn settings(&self, turned: Vec<(String, String)>) -> Vec<(String, String)> {
        self.held.iter().cloned().chain(turned).collect()
    }

    fn check(&self) -> Result<(), LabError> {
        if self.budget < SEARCH_MIN + PROMISE_MIN {
            return Err(LabError::usage(
                format!("a budget of {} rollouts is too small for any promise", self.budget),
                format!(
                    "the least is {}: {SEARCH_MIN} to search and {PROMISE_MIN} to measure",
                    SEARCH_MIN + PROMISE_MIN
                ),
            ));
        }
        if self.batch == 0 {
            return Err(LabError::usage("a step plays no task", "give --batch at least 1"));
        }
        let held_and_turned =
            self.dials.iter().find(|dial| self.held.iter().any(|(name, _)| *name == dial.knob));
        held_and_turned.map_or(Ok(()), |dial| {
            Err(LabError::usage(
                format!("knob \"{}\" is both held and turned", dial.knob),
                "set it, or name it in --knob, not both",
            ))
        })
    }
}

/// Runs a search to its end, or takes it up from `file`.
///
/// # Errors
/// The question cannot be asked, `file` holds another one, or a step could not be played; what was seen by then is in the
/// file.
pub fn tune<P: Player>(question: Question, file: &Path, player: &mut P) -> Result<Calibration, P::Error> {
    question.check()?;
    let mut calibration = Calibration::begun(question, file)?;
    if calibration.promise.is_some() {
        return Ok(calibration);
    }
    let question = calibration.question.clone();
    let mut search = question.search(&calibration.steps);
    let total = search.left() + calibration.steps.iter().map(|step| step.episodes).sum::<u64>();
    let mut void = 0;
    while let Some(position) = search.next() {
        let settings = question.settings(search.settings(&position));
        let seed = question.root().derive(&format!("step/{}/{void}", search.steps().len())).rng().next_u64();
        let (passed, episodes) = player.play(&settings, seed, question.batch.min(search.left()))?;
        void = if episodes == 0 { void + 1 } else { 0 };
        if void == VOID_STEPS_MAX {
            return Err(LabError::usage(
                format!("{void} steps in a row had no graded rollout"),
                "`envy runs show last` says whose fault that was; the same command goes on from here",
            )
            .into());
        }
        search.record(Step { position, passed, episodes });
        player.seen(&Seen { settings: &settings, passed, episodes, spent: (total - search.left(), total) });
        calibration.steps = search.steps().to_vec();
        calibration.write(file)?;
    }
    calibration.settings = question.settings(search.settings(&search.best()));
    let seed = question.root().derive("promise").rng().next_u64();
    let (passed, episodes) = player.play(&calibration.settings, seed, question.promised())?;
    calibration.promise = Some(question.band.place(passed, episodes));
    calibration.write(file)?;
    Ok(calibration)
}

impl Calibration {
    /// The search of `file` if it asks the same, a new one if there is no such file.
    fn begun(question: Question, file: &Path) -> Result<Self, LabError> {
        let new = Self {
            schema: SCHEMA.to_owned(),
            question,
            steps: Vec::new(),
            settings: Vec::new(),
            promise: None,
            digest: String::new(),
        };
        if !file.exists() {
            return Ok(new);
        }
        let found = Self::load(file)?;
        if found.question != new.question {
            return Err(LabError::usage(
                format!("{} holds another search", file.display()),
                "write to another file with --out, or remove that one",
            ));
        }
        Ok(found)
    }

    /// Reads a finished calibration for use with an environment.
    ///
    /// # Errors
    /// It cannot be read, was edited, is not finished, or was made for another environment or version of it.
    pub fn read(file: &Path, environment: &dyn Environment) -> Result<Self, LabError> {
        let found = Self::load(file)?;
        let (info, asked) = (environment.info(), &found.question);
        let refused =
            |what: String, hint: &str| Err(LabError::usage(format!("{}: {what}", file.display()), hint));
        if asked.environment != info.name {
            return refused(
                format!("it calibrates {}, not {}", asked.environment, info.name),
                "name that environment",
            );
        }
        if asked.generator != info.version {
            let what = format!(
                "it was made for version {} of {}, this is {}",
                asked.generator, info.name, info.version
            );
            return refused(what, "search again: `envy tune difficulty`");
        }
        if found.promise.is_none() {
            return refused(
                "its search is not finished".to_owned(),
                "run the same `envy tune difficulty` again",
            );
        }
        Ok(found)
    }

    fn load(file: &Path) -> Result<Self, LabError> {
        let bytes = std::fs::read(file).map_err(|error| LabError::file("read", file, &error))?;
        let hint = "`envy tune difficulty` writes one";
        let found: Self = serde_json::from_slice(&bytes).map_err(|error| {
            LabError::usage(format!("{} is no calibration: {error}", file.display()), hint)
        })?;
        if found.schema != SCHEMA || found.digest != found.sealed() {
            return Err(LabError::usage(
                format!("{} was edited or is of another kind", file.display()),
                hint,
            ));
        }
        Ok(found)
    }

    /// Saves it, whole or not at all.
    fn write(&mut self, file: &Path) -> Result<(), LabError> {
        self.digest = self.sealed();
        super::save(file, self)
    }

    /// The digest of everything but itself.
    fn sealed(&self) -> String {
        let plain = Self { digest: String::new(), ..self.clone() };
        Digest::of(&serde_json::to_vec(&plain).expect("a calibration is plain data")).as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use envy_core::Environment as _;

    use super::*;
    use crate::calibrate::dials;
    use crate::testing::Guess;

    /// Passes the easier, the fewer digits; fails to play after a number of steps.
    struct Student {
        steps_left: usize,
        played: Vec<u64>,
    }

    impl Player for Student {
        type Error = LabError;

        fn play(
            &mut self,
            settings: &[(String, String)],
            seed: u64,
            tasks: u64,
        ) -> Result<(u64, u64), LabError> {
            if self.steps_left == 0 {
                return Err(LabError::usage("broken off", ""));
            }
            self.steps_left -= 1;
            self.played.push(seed);
            let digits: f64 = settings[0].1.parse().unwrap();
            let mut rng = Seed::named("student").derive(&seed.to_string()).rng();
            let passed = (0..tasks).filter(|_| rng.uniform() < envy_learn::sigmoid(4.0 - digits)).count();
            Ok((passed as u64, tasks))
        }

        fn seen(&mut self, step: &Seen<'_>) {
            assert!(step.spent.0 <= step.spent.1);
        }
    }

    fn student(steps_left: usize) -> Student {
        Student { steps_left, played: Vec::new() }
    }

    fn question(budget: u64) -> Question {
        Question {
            environment: "guess".to_owned(),
            generator: Guess.info().version.to_owned(),
            model: "policy/reference".to_owned(),
            band: Band::standard(),
            dials: dials::ranges(Guess.info(), &[]).unwrap(),
            held: Vec::new(),
            budget,
            batch: 4,
            seed: "3".to_owned(),
        }
    }

    #[test]
    fn an_interrupted_search_goes_on_and_ends_as_if_it_were_not() {
        let folder = tempfile::tempdir().unwrap();
        let (whole, broken) = (folder.path().join("whole.json"), folder.path().join("broken.json"));
        let finished = tune(question(96), &whole, &mut student(99)).unwrap();
        assert!(tune(question(96), &broken, &mut student(5)).is_err());
        assert!(Calibration::read(&broken, &Guess).unwrap_err().to_string().contains("not finished"));
        assert_eq!(tune(question(96), &broken, &mut student(99)).unwrap(), finished);
        // Once finished, nothing is played again.
        assert_eq!(tune(question(96), &broken, &mut student(0)).unwrap(), finished);
        let promise = Calibration::read(&whole, &Guess).unwrap().promise.unwrap();
        assert_eq!(promise.episodes, 32);
        assert!(Band::standard().holds(promise.mean), "{promise:?}");
    }

    #[test]
    fn the_promise_is_measured_on_seeds_that_the_search_never_drew() {
        let folder = tempfile::tempdir().unwrap();
        let mut student = student(99);
        tune(question(64), &folder.path().join("c.json"), &mut student).unwrap();
        let promise = student.played.pop().unwrap();
        assert!(!student.played.contains(&promise));
    }

    #[test]
    fn what_cannot_be_promised_or_used_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.json");
        let error = tune(question(20), &path, &mut student(9)).unwrap_err();
        assert!(error.to_string().contains("too small") && error.hint().contains("32"), "{error}");
        let both = Question { held: vec![("digits".to_owned(), "3".to_owned())], ..question(64) };
        assert!(tune(both, &path, &mut student(9)).unwrap_err().to_string().contains("held and turned"));
        tune(question(64), &path, &mut student(99)).unwrap();
        let other = Question { model: "policy/null".to_owned(), ..question(64) };
        assert!(tune(other, &path, &mut student(9)).unwrap_err().to_string().contains("another search"));
        let older = Question { generator: "0".to_owned(), ..question(64) };
        let old = folder.path().join("old.json");
        tune(older, &old, &mut student(99)).unwrap();
        let error = Calibration::read(&old, &Guess).unwrap_err();
        assert!(error.to_string().contains("made for version 0 of guess, this is 1"), "{error}");
        let text = std::fs::read_to_string(&path).unwrap().replace("\"passed\": 0", "\"passed\": 1");
        std::fs::write(&path, text).unwrap();
        assert!(Calibration::read(&path, &Guess).unwrap_err().to_string().contains("edited"));
    }
}
