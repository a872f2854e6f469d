//! Guessing: what somebody makes who runs the generator again with all that is public of a task, but without its salt.
//!
//! The attacker knows the environment, its version, every knob, the seed and the salt's id. How much of the hidden half
//! they get right is set beside what tasks have in common that have nothing to do with each other.

use std::collections::BTreeSet;

use envy_core::task::CANARY_FILE;
use envy_core::{
    Environment, GenerateError, GenerateInput, Hidden, Job, JobResult, Salt, Seed, TaskId, TaskSpec, drive,
};
use serde::Serialize;

use crate::bench::Bench;
use crate::dataset::{Origin, TaskRef};
use crate::error::LabError;

/// How many unrelated tasks say what any two have in common.
const UNRELATED: u64 = 3;

/// How much more than unrelated tasks a guess may have in common with its task before it counts as a help: tasks of
/// one kind differ in how many lines they share.
const MARGIN: f64 = 0.05;

/// What came of guessing a task.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Guess {
    /// The task.
    pub task: TaskId,
    /// The id of its salt.
    pub salt: String,
    /// Each try.
    pub tries: Vec<Try>,
    /// The largest share that unrelated tasks have in common with this one.
    pub unrelated: f64,
    /// A try had clearly more in common with the task, or made the very task.
    pub helps: bool,
}

/// One try to make a task again.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Try {
    /// What stood in for the salt.
    pub with: String,
    /// It made the task of the same id.
    pub same_task: bool,
    /// The share of the hidden half's lines that it got.
    pub share: f64,
}

/// Tries to make a task again without its salt.
///
/// # Errors
/// The task was edited or is made of a table, or a generation failed.
pub fn guess(
    environment: &dyn Environment,
    task: &TaskRef,
    run: &mut dyn FnMut(Vec<Job>) -> Result<Vec<JobResult>, LabError>,
) -> Result<Guess, LabError> {
    let Origin { spec, .. } = task.origin()?;
    if spec.table.is_some() {
        return Err(LabError::usage(
            format!("{} is made of a table of one's own", task.id().short()),
            "whoever has that table knows what is right in it; guess at generated tasks",
        ));
    }
    let truth = lines(&task.hidden()?);
    let mut unrelated: f64 = 0.0;
    for number in 0..UNRELATED {
        let seed = Seed::named("guess/unrelated").derive(&format!("{}/{number}", spec.seed)).rng().next_u64();
        // A spec that makes no task is no guess; another one stands in for it.
        if let Some((_, hidden)) = made(environment, TaskSpec { seed, ..spec.clone() }, Salt::public(), run)?
        {
            unrelated = unrelated.max(share(&truth, &hidden));
        }
    }
    let mut tries = Vec::new();
    for (with, salt) in stand_ins(&spec.salt) {
        let guessed = made(environment, TaskSpec { salt: salt.id().to_owned(), ..spec.clone() }, salt, run)?;
        let (same_task, share) = match &guessed {
            Some((id, hidden)) => (id == task.id(), share(&truth, hidden)),
            None => (false, 0.0),
        };
        tries.push(Try { with, same_task, share });
    }
    let helps = tries.iter().any(|one| one.same_task || one.share > unrelated + MARGIN);
    Ok(Guess { task: task.id().clone(), salt: spec.salt, tries, unrelated, helps })
}

/// Tries to make each of these tasks again without its salt, with real boxes for a generation that asks for them.
///
/// # Errors
/// As those of [`guess`].
pub async fn all(
    environment: &'static dyn Environment,
    tasks: &[TaskRef],
    bench: &Bench,
) -> Result<Vec<Guess>, LabError> {
    let (tasks, bench, handle) = (tasks.to_vec(), bench.clone(), tokio::runtime::Handle::current());
    let guessed = tokio::task::spawn_blocking(move || {
        tasks.iter().map(|task| guess(environment, task, &mut |jobs| bench.run_jobs(&handle, jobs))).collect()
    });
    match guessed.await {
        Ok(guesses) => guesses,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    }
}

/// What an attacker can put in the place of a secret: nothing, and what is published of it.
fn stand_ins(id: &str) -> Vec<(String, Salt)> {
    let mut salts = vec![("the public salt".to_owned(), Salt::public())];
    // The id as it is is too short for a secret; written twice it is not.
    if let Ok(salt) = Salt::private(id.repeat(2).as_bytes()) {
        salts.push(("the salt's id as its secret".to_owned(), salt));
    }
    salts
}

/// The task of a spec under a salt: its id and the lines of its hidden half; nothing if no candidate passes.
fn made(
    environment: &dyn Environment,
    spec: TaskSpec,
    salt: Salt,
    run: &mut dyn FnMut(Vec<Job>) -> Result<Vec<JobResult>, LabError>,
) -> Result<Option<(TaskId, BTreeSet<String>)>, LabError> {
    let input = GenerateInput { spec, salt, table: None };
    match drive(environment.generate(input), &mut *run)? {
        Ok(generated) => Ok(Some((generated.task.id, lines(&generated.task.hidden)))),
        Err(GenerateError::Exhausted { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Every distinct line of a hidden half with the name of its entry, without the canary.
fn lines(hidden: &Hidden) -> BTreeSet<String> {
    let entries = hidden.entries().filter(|(name, _)| *name != CANARY_FILE);
    let of = |(name, bytes): (&str, &[u8])| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.lines().map(|line| format!("{name}: {line}")).collect::<Vec<_>>()
    };
    entries.flat_map(of).collect()
}

fn share(truth: &BTreeSet<String>, guessed: &BTreeSet<String>) -> f64 {
    truth.intersection(guessed).count() as f64 / truth.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{self, Library, Order};
    use crate::testing::{self, Quiet};

    #[test]
    fn running_the_generator_again_helps_only_where_the_salt_is_public() {
        let home = tempfile::tempdir().unwrap();
        let library = Library::at(home.path().join("datasets"));
        let guessed = |salt: Salt| {
            let order = Order { salt, ..testing::order(11, 1) };
            let made = dataset::generate(&order, &library, &Quiet::default()).unwrap();
            guess(&testing::Guess, &made.tasks[0], &mut |_| panic!("the tiny environment asks for no job"))
                .unwrap()
        };
        let public = guessed(Salt::public());
        assert!(public.helps && public.tries[0].same_task, "{public:?}");
        assert_eq!(public.tries[0].share, 1.0);
        let secret = guessed(Salt::private(b"a secret of sixteen bytes").unwrap());
        assert_eq!(secret.tries.len(), 2);
        assert!(!secret.helps && secret.tries.iter().all(|one| !one.same_task), "{secret:?}");
        // Every such task has the same line of a ledger, and no two the same number.
        assert!(secret.tries.iter().all(|one| one.share == secret.unrelated), "{secret:?}");
    }
}
