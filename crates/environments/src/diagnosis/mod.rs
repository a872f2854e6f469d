//! Diagnosis: a small machine-learning program with a real error; the agent names it, locates it, mends it, proves it.
//!
//! # What the agent sees
//! The program, its settings, its data, what it printed, and a page that says what it is to do.
//! # What is wrong
//! One idiom was replaced by a wrong one (`envy_pycode::mutators`), or none was; some right code looks suspicious.
//! # How it is graded
//! The revised program runs in fresh boxes on inputs that nobody can foresee, and what it leaves behind is judged here;
//! the agent's test is run on programs with and without the error; the report is compared with the truth.
//! # Known cheats
//! Reports without a fix, fixes without a report, whole files as a place, tests that assert nothing: `policies/`.

mod admit;
mod brief;
mod candidate;
#[cfg(test)]
mod gallery;
mod generate;
pub mod gold;
mod grade;
#[cfg(test)]
mod grade_tests;
mod harness;
mod hidden;
mod jobs;
mod judging;
mod knobs;
mod levels;
mod lines;
mod localise;
mod measures;
mod outputs;
mod policies;
mod programs;
mod prompt;
mod report;
mod rubric;
mod scenario;
mod task_json;
#[cfg(test)]
mod verdicts;
mod world;

pub use knobs::NONE_SHARE;
pub use task_json::task_json;

use envy_core::{
    Brief, Dial, Environment, EnvironmentInfo, EpisodeSpec, GenerateError, GenerateInput, Generated, Grader,
    Hidden, Policy, Work,
};
use serde_json::{Value, json};

/// The generator's version: raised when any byte of a task changes.
const VERSION: &str = "4";

/// The diagnosis environment.
pub struct Diagnosis;

const INFO: EnvironmentInfo = EnvironmentInfo {
    name: "diagnosis",
    version: VERSION,
    grader: "3",
    doc: "A machine-learning program with a real error; the agent names it, locates it, mends it and proves it.",
    knobs: knobs::KNOBS,
    presets: knobs::PRESETS,
    levels: levels::NAMES,
    dials: &[Dial { knob: "errors", easy: "1", hard: "3" }],
    tracks: &[envy_core::Track::FIXED],
    tools: &["read_file", "write_file", "list_files", "run_python", "bash_exec", "submit_answer"],
    metrics: &["points", "identified", "line_f1", "fixed"],
    explained: &[
        ("points", "what the rubric's criteria earned, of 90"),
        ("identified", "1 if the error's type and mechanism are named"),
        ("line_f1", "F1 over the lines that the report names, against those of the error"),
        ("fixed", "1 if the revised program passes what the original fails"),
    ],
    submission_schema,
};

impl Environment for Diagnosis {
    fn info(&self) -> &'static EnvironmentInfo {
        &INFO
    }

    fn generate(&self, input: GenerateInput) -> Box<dyn Work<Result<Generated, GenerateError>>> {
        Box::new(generate::Generation::new(input))
    }

    fn grader(&self, brief: &Brief, hidden: &Hidden) -> Result<Box<dyn Grader>, String> {
        Ok(Box::new(grade::DiagnosisGrader::new(brief, hidden)?))
    }

    fn prompt(&self, brief: &Brief, episode: &EpisodeSpec) -> (String, String) {
        prompt::render(brief, episode)
    }

    fn policies(&self) -> &'static [&'static dyn Policy] {
        policies::ALL
    }

    fn exploits(&self) -> &'static [&'static dyn Policy] {
        crate::zoo::of(INFO.name)
    }
}

/// The answer is in the files; a summary is welcome and changes nothing.
fn submission_schema() -> Value {
    json!({
        "type": "object",
        "properties": {"summary": {"type": "string", "description": "What was wrong. Not graded."}},
        "additionalProperties": true
    })
}
