//! Cleaning: a corrupted table; the agent writes the program that brings it back.
//!
//! # What the agent sees
//! An export that went wrong, its schema, a data dictionary, a change log and the program that runs its code.
//! # What is wrong
//! A few sources have a habit each: another unit, other labels, rows sent twice, spellings of their own.
//! # How it is graded
//! Its `clean.py` runs in fresh boxes on that export and on one it never saw. A fixed model is trained on what comes
//! back and scored on clean rows; cells are compared with the truth. The worse of the two draws counts.
//! # Known cheats
//! `policies/cheat_*.rs`; each earns nothing.

mod bench;
mod blame;
mod brief;
mod candidate;
mod cells;
mod counts;
mod exam;
mod facts;
mod features;
mod files;
mod fixed;
mod gate;
mod generate;
mod grade;
mod knobs;
pub mod ladder;
mod law;
mod learners;
mod levels;
mod menu;
mod notes;
mod own;
mod own_model;
mod policies;
mod probe;
mod prompt;
mod schema;
mod score;
mod screen;
mod serving;
mod shapes;
mod solver;
mod tally;
mod track;
mod world;
pub mod written;

use envy_core::{
    Brief, Certificate, Dial, Environment, EnvironmentInfo, EpisodeSpec, Expert, GenerateError,
    GenerateInput, Generated, Grader, Hidden, JobResult, Next, Policy, Work,
};
use serde_json::{Value, json};

use exam::Goal;
use grade::CleaningGrader;
use score::DRAW_NAMES;

/// The generator's version: raised when any byte of a task changes.
const VERSION: &str = "5";

/// The cleaning environment.
pub struct Cleaning;

const INFO: EnvironmentInfo = EnvironmentInfo {
    name: "cleaning",
    version: VERSION,
    grader: "3",
    doc: "A table in which some sources recorded wrongly; the agent writes the program that brings it back.",
    knobs: knobs::KNOBS,
    presets: knobs::PRESETS,
    levels: levels::NAMES,
    dials: &[
        Dial { knob: "faults", easy: "1", hard: "6" },
        Dial { knob: "faults-per-source", easy: "1", hard: "4" },
        Dial { knob: "evidence", easy: "explicit", hard: "cross-source" },
    ],
    tracks: track::TRACKS,
    tools: &[
        "read_file",
        "write_file",
        "list_files",
        "run_python",
        "bash_exec",
        "eval_model",
        "submit_answer",
    ],
    metrics: &["recovery", "repair_f1", "damage"],
    explained: score::EXPLAINED,
    submission_schema,
};

impl Environment for Cleaning {
    fn info(&self) -> &'static EnvironmentInfo {
        &INFO
    }

    fn generate(&self, input: GenerateInput) -> Box<dyn Work<Result<Generated, GenerateError>>> {
        Box::new(move |_: Vec<JobResult>| Next::Done(generate::generate(&input, false)))
    }

    fn grader(&self, brief: &Brief, hidden: &Hidden) -> Result<Box<dyn Grader>, String> {
        Ok(Box::new(CleaningGrader::new(brief, hidden)?))
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

    /// The fixed model's accuracy (of numbers R2) on the clean table, from the gate's figures.
    fn expert(&self, certificate: &Certificate) -> Option<Expert> {
        let given = DRAW_NAMES[0];
        // Without a certificate accuracy tells too little to be shown beside a score.
        let certified = certificate.certified.then_some(&certificate.figures)?;
        let figure = |what: &str| certified.get(&format!("{what}_{given}")).copied();
        let measure = [Goal::Classes(0), Goal::Number].map(Goal::measure);
        let end = |end: &str| measure.iter().find_map(|measure| figure(&format!("{measure}_{end}")));
        let (score, floor) = (end("golden")?, end("corrupted")?);
        Some(Expert { score, floor: Some(floor), metric: format!("recovery_{given}"), model: None })
    }
}

/// The answer is in the files; a summary is welcome and changes nothing.
fn submission_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "summary": {
                "type": "string",
                "description": "What was wrong with the data and how clean.py repairs it. Not graded."
            }
        },
        "additionalProperties": true
    })
}
#[cfg(test)]
mod tests;
