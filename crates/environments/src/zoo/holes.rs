//! Holes: every way to cheat that is known of environments like these, and what keeps each shut here.
//!
//! `S` are the known hacks of language-model agents; `E`, `H` and `A` are holes of three published environments for
//! cleaning, leakage and error analysis; `D` are acceptance conditions that close them.

/// A way to cheat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Its name.
    pub name: &'static str,
    /// What is open, in a few words.
    pub what: &'static str,
    /// What shows that it is shut.
    pub kept: Kept,
}

/// What shows that a hole is shut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Cheats try it, and each earns no more than nothing.
    Exploits,
    /// Scripted policies play it: they may earn by luck what an honest guess would, and never pass.
    Policies(&'static [&'static str]),
    /// A line of the audit: there is nothing that a cheat could do.
    Line(&'static str),
    /// A test of the harness: there is nothing that a cheat could do.
    Test(&'static str),
}

/// Every hole.
pub const HOLES: &[Hole] = &[
    Hole { name: "S1", what: "reading hidden files, grader source or other rollouts", kept: Kept::Exploits },
    Hole { name: "S2", what: "recovering the seed by running the generator again", kept: Kept::Exploits },
    Hole { name: "S3", what: "patching the grader, metrics, modules or startup files", kept: Kept::Exploits },
    Hole { name: "S4", what: "printing or writing the score", kept: Kept::Exploits },
    Hole { name: "S5", what: "dropping hard rows, repeating easy ones", kept: Kept::Exploits },
    Hole { name: "S6", what: "hard-coding repairs or predictions by row", kept: Kept::Exploits },
    Hole { name: "S7", what: "letting what is missing mark the class", kept: Kept::Exploits },
    Hole { name: "S8", what: "climbing the oracle", kept: Kept::Exploits },
    Hole { name: "S9", what: "pickles and other files that run code", kept: Kept::Exploits },
    Hole { name: "S10", what: "timing the oracle", kept: Kept::Exploits },
    Hole { name: "S11", what: "probing environment, network and processes", kept: Kept::Exploits },
    Hole { name: "S12", what: "injecting a judge", kept: Kept::Exploits },
    Hole { name: "S13", what: "fake tool output and fake verification", kept: Kept::Exploits },
    Hole { name: "S14", what: "tests that assert nothing", kept: Kept::Exploits },
    Hole { name: "S15", what: "naming every class of error", kept: Kept::Exploits },
    Hole { name: "S16", what: "places that cover whole files", kept: Kept::Policies(&["whole-file"]) },
    Hole { name: "S17", what: "stale artefacts of an earlier run", kept: Kept::Exploits },
    Hole { name: "S18", what: "answering NONE without looking", kept: Kept::Policies(&["none-always"]) },
    Hole { name: "S19", what: "sandbagging and spending the budget", kept: Kept::Exploits },
    Hole { name: "E1", what: "a shell of the host runs what the agent writes", kept: Kept::Exploits },
    Hole { name: "E2", what: "the score is the agent's own word", kept: Kept::Exploits },
    Hole { name: "E3", what: "labels can be read through the oracle and its errors", kept: Kept::Exploits },
    Hole { name: "E4", what: "the judge sees one file of several", kept: Kept::Exploits },
    Hole { name: "E5", what: "data folders are shared and writable", kept: Kept::Exploits },
    Hole { name: "E6", what: "beating the expert fails", kept: Kept::Line("reference-at-the-top") },
    Hole { name: "E7", what: "noise that nobody can undo", kept: Kept::Line("solvable") },
    Hole {
        name: "E8",
        what: "a seed does not make the same dataset again",
        kept: Kept::Line("deterministic"),
    },
    Hole {
        name: "E9",
        what: "metadata that evaluation needs is missing",
        kept: Kept::Test("an_expert_plays_on_right_data_and_later_runs_stand_beside_it"),
    },
    Hole { name: "E10", what: "the agent brings the model that it is scored with", kept: Kept::Exploits },
    Hole { name: "H1", what: "the frame to predict holds the target", kept: Kept::Exploits },
    Hole {
        name: "H2",
        what: "leaky pipelines pass",
        kept: Kept::Policies(&["uses-everything", "keeps-the-rate"]),
    },
    Hole {
        name: "H3",
        what: "leaks that leak nothing",
        kept: Kept::Test("every_operator_leaks_in_training_only_and_can_be_read"),
    },
    Hole { name: "H4", what: "the bar measures the luck of a seed", kept: Kept::Line("noise-under-gap") },
    Hole { name: "H5", what: "the agent shares the grader's process", kept: Kept::Exploits },
    Hole { name: "H6", what: "an earlier submission is graded again", kept: Kept::Exploits },
    Hole { name: "H7", what: "calibration is claimed and never measured", kept: Kept::Exploits },
    Hole { name: "A1", what: "the judge never sees files or runs code", kept: Kept::Exploits },
    Hole { name: "A2", what: "agent text stands raw in the judge's prompt", kept: Kept::Exploits },
    Hole { name: "A3", what: "tools run beside keys, rubric and answers", kept: Kept::Exploits },
    Hole {
        name: "A4",
        what: "penalties are inverted",
        kept: Kept::Test("a_penalty_counts_only_where_the_bad_thing_is_there"),
    },
    Hole { name: "A5", what: "a touched file earns points", kept: Kept::Exploits },
    Hole { name: "A6", what: "one static task, no case without an error", kept: Kept::Exploits },
    Hole { name: "A7", what: "processes outlive their call", kept: Kept::Exploits },
    Hole {
        name: "D1",
        what: "claimed scores, edited graders, planted files, odd numbers, payloads, breakouts, daemons",
        kept: Kept::Exploits,
    },
    Hole { name: "D2", what: "held-out labels in bytes that the agent sees", kept: Kept::Exploits },
    Hole {
        name: "D3",
        what: "a leaky policy is above the honest baseline",
        kept: Kept::Policies(&["uses-everything", "honest-logistic"]),
    },
    Hole { name: "D4", what: "the ladder is not in order", kept: Kept::Line("ladder-in-order") },
    Hole { name: "D5", what: "empty files and injected text earn points", kept: Kept::Exploits },
    Hole { name: "D6", what: "sessions share state", kept: Kept::Exploits },
];
