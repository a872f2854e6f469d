//! The guard of grader versions: verdicts on work that never changes, held against a list.
//!
//! A grader's version promises that the same submission gets the same verdict. Each environment grades a few submissions on a
//! fixed task, with made-up boxes in place of real ones, and holds the digests of their verdicts against `verdicts.txt`. A
//! verdict that moved while task, submission and version stayed is a broken promise. Where the task moved, because its
//! generator did, nothing is said about the grader, and the list is written anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use envy_core::{Digest, Environment, EpisodeSpec, GradeInput, Score, Submission, Task};

/// One graded submission.
pub(crate) struct Case {
    /// Its name in the list: one word, which also stands for what the made-up boxes leave.
    pub(crate) name: &'static str,
    /// The digest of everything that the grader was given.
    pub(crate) given: Digest,
    /// What it made of it.
    pub(crate) score: Score,
}

impl Case {
    /// A case of a task, graded by `grade`.
    pub(crate) fn new(
        name: &'static str,
        task: &Task,
        input: GradeInput,
        grade: impl FnOnce(GradeInput) -> Score,
    ) -> Self {
        Self { name, given: given(task, &input), score: grade(input) }
    }
}

/// An input without uses of an oracle and without a judge.
pub(crate) fn input(submission: Submission) -> GradeInput {
    GradeInput { submission, episode: EpisodeSpec::new("policy/test"), probes: 0, rulings: Vec::new() }
}

fn given(task: &Task, input: &GradeInput) -> Digest {
    let mut bytes = Vec::new();
    let mut put = |name: &str, content: &[u8]| {
        bytes.extend_from_slice(format!("{name} {}\n", content.len()).as_bytes());
        bytes.extend_from_slice(content);
    };
    for file in task.brief.files.iter().chain(&input.submission.files) {
        put(&file.path, &file.bytes);
    }
    task.hidden.entries().for_each(|(name, content)| put(name, content));
    put("answer", input.submission.answer.to_string().as_bytes());
    put("track", input.episode.track.as_bytes());
    put("rulings", format!("{} {:?}", input.probes, input.rulings).as_bytes());
    Digest::of(&bytes)
}

/// Holds the cases of an environment against its list.
///
/// # Panics
/// A verdict moved, or the list is another one.
#[track_caller]
pub(crate) fn hold(environment: &dyn Environment, list: &str, cases: &[Case]) {
    if let Err(why) = compare(list, &environment.info().grader_name(), cases) {
        panic!("{why}");
    }
}

/// The list as it should be: the grader, then each case with its reward, for people, and the digests of what was given and
/// of the verdict.
fn written(grader: &str, cases: &[Case]) -> String {
    let mut list = format!("grader {grader}\n");
    for Case { name, given, score } in cases {
        let verdict = Digest::of(serde_json::to_string(score).expect("a score is plain data").as_bytes());
        // A string takes every line.
        let _ = writeln!(list, "{name} {:.4} {given} {verdict}", score.reward);
    }
    list
}

/// Whether the cases are those of the list; if not, what moved, and the list as it should be.
fn compare(list: &str, grader: &str, cases: &[Case]) -> Result<(), String> {
    let found = written(grader, cases);
    if found == list {
        return Ok(());
    }
    let entries = |list: &str| -> BTreeMap<String, (String, String)> {
        let words = |line: &str| {
            let mut words = line.split(' ').map(str::to_owned);
            let (name, _reward) = (words.next()?, words.next()?);
            Some((name, (words.next()?, words.next()?)))
        };
        list.lines().skip(1).filter_map(words).collect()
    };
    let (known, now) = (entries(list), entries(&found));
    let moved: Vec<&str> = known
        .iter()
        .filter(|(name, (given, verdict))| {
            now.get(*name).is_some_and(|(other, score)| other == given && score != verdict)
        })
        .map(|(name, _)| name.as_str())
        .collect();
    let is_same_grader = list.lines().next() == found.lines().next();
    let why = if is_same_grader && !moved.is_empty() {
        format!(
            "the grader is still `{grader}`, and gives other verdicts on: {}; raise its version, then replace the list",
            moved.join(", ")
        )
    } else {
        "the tasks, the cases or the grader's version changed: replace the list".to_owned()
    };
    Err(format!("{why} by this:\n{found}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(name: &'static str, given: &str, reward: f64) -> Case {
        Case { name, given: Digest::of(given.as_bytes()), score: Score { reward, ..Score::zero("x") } }
    }

    #[test]
    fn a_verdict_that_moves_without_its_version_is_named() {
        let before = [case("right", "a", 1.0), case("wrong", "b", 0.0)];
        let list = written("tiny 1", &before);
        assert_eq!(compare(&list, "tiny 1", &before), Ok(()));
        let moved = [case("right", "a", 0.9), case("wrong", "b", 0.0)];
        let told = compare(&list, "tiny 1", &moved).unwrap_err();
        assert!(told.contains("still `tiny 1`") && told.contains("on: right;"), "{told}");
        let told = compare(&list, "tiny 2", &moved).unwrap_err();
        assert!(told.starts_with("the tasks, the cases or the grader's version changed"), "{told}");
        assert_eq!(compare(&written("tiny 2", &moved), "tiny 2", &moved), Ok(()));
    }

    #[test]
    fn another_task_or_another_case_asks_for_another_list_alone() {
        let list = written("tiny 1", &[case("right", "a", 1.0)]);
        for other in [vec![case("right", "b", 0.9)], vec![case("left", "a", 0.9)], vec![]] {
            let told = compare(&list, "tiny 1", &other).unwrap_err();
            assert!(told.starts_with("the tasks, the cases"), "{told}");
        }
    }
}
