//! Leakage: a table that knows too much; the agent builds a model that does not use it, and says how good it is.
//!
//! # What the agent sees
//! Rows with and without labels, a data dictionary, an as-of log, the ETL, sometimes helper code and old caches.
//! # What is wrong
//! Columns, rows and habits hold what nobody knows when a prediction is due; others only look so.
//! # How it is graded
//! Its `pipeline.py` runs in fresh boxes on rows of the field, whose true probabilities are known; predictions must not move
//! with what leaks. Its own estimate must be right and its probabilities calibrated.
//! # Known cheats
//! `policies/cheat_*.rs`; each earns nothing.

mod answer;
mod baseline;
mod candidate;
mod checks;
mod documents;
mod draft;
mod facts;
mod files;
mod frames;
mod gate;
mod generate;
mod grade;
mod knobs;
mod logit;
mod operators;
mod own;
#[cfg(test)]
mod own_tests;
mod plan;
mod policies;
mod predictions;
mod prompt;
mod report;
mod score;
#[cfg(test)]
mod tests;
pub mod twin;
mod world;

use envy_core::{
    Brief, Dial, Environment, EnvironmentInfo, EpisodeSpec, GenerateError, GenerateInput, Generated, Grader,
    Hidden, JobResult, Next, Policy, Uncorrupted, Work,
};
use serde_json::{Value, json};

use grade::LeakageGrader;

/// The generator's version: raised when any byte of a task changes.
const VERSION: &str = "3";

/// The leakage environment.
pub struct Leakage;

const INFO: EnvironmentInfo = EnvironmentInfo {
    name: "leakage",
    version: VERSION,
    grader: "1",
    doc: "A table in which columns, rows or code know the outcome; the agent builds a model that does without.",
    knobs: knobs::KNOBS,
    presets: knobs::PRESETS,
    levels: &["easy", "medium", "hard"],
    dials: &[Dial { knob: "subtlety", easy: "0.1", hard: "0.9" }],
    tracks: grade::TRACKS,
    tools: &[
        "python_expression",
        "read_file",
        "write_file",
        "list_files",
        "run_python",
        "bash_exec",
        "submit_answer",
    ],
    metrics: &["deployed_auroc", "public_auroc", "expected_auroc", "ece", "named_f1"],
    explained: &[
        (
            "deployed_auroc",
            "AUROC on fresh rows as they are when a prediction is due, against true probabilities",
        ),
        ("public_auroc", "the same on test.csv"),
        ("expected_auroc", "what the agent's report expects"),
        ("ece", "mean distance of the predictions from the true probabilities, over 15 bins of equal mass"),
        ("named_f1", "F1 over the columns that the report leaves out, against those that leak"),
    ],
    submission_schema,
};

impl Environment for Leakage {
    fn info(&self) -> &'static EnvironmentInfo {
        &INFO
    }

    fn generate(&self, input: GenerateInput) -> Box<dyn Work<Result<Generated, GenerateError>>> {
        Box::new(move |_: Vec<JobResult>| Next::Done(generate::generate(&input)))
    }

    fn grader(&self, brief: &Brief, hidden: &Hidden) -> Result<Box<dyn Grader>, String> {
        Ok(Box::new(LeakageGrader::new(brief, hidden)?))
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

    /// The training rows with noise in the place of every leak, and no cache.
    fn uncorrupted(&self, brief: &Brief, hidden: &Hidden) -> Result<Option<Uncorrupted>, String> {
        let mut brief = brief.clone();
        brief.files.retain(|file| file.path != files::CACHE);
        let train = brief.files.iter_mut().find(|file| file.path == files::TRAIN);
        train.ok_or("the brief has no train.csv")?.bytes = files::entry(hidden, files::NOISED)?.to_vec();
        Ok(Some(Uncorrupted { brief, metric: "deployed_auroc" }))
    }
}

/// Predictions under the original's names, and a pipeline as text or path; without either, `pipeline.py` is graded.
fn submission_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "y_pred_proba": {
                "description": "Probabilities of target = 1 for test.csv: a list in its order, or an object from row_id. \
                                Also taken as probas, proba, pred_proba or y_pred.",
                "type": ["array", "object"]
            },
            "pipeline": {
                "description": "The pipeline's source text, or the path of a *.py file of the work directory. \
                                Default: pipeline.py.",
                "type": "string"
            }
        },
        "additionalProperties": true
    })
}
