//! The first messages of an episode. The words lie beside this file; here they are filled in.

use std::fmt::Write as _;

use envy_core::{Brief, EpisodeSpec};

use super::facts::Facts;
use super::grade::PREDICTIONS_TRACK;
use super::plan::BOX_SECONDS;

const SYSTEM: &str = include_str!("prompt_system.md");
const USER: &str = include_str!("prompt_user.md");
const PIPELINE: &str = include_str!("prompt_pipeline.md");
const PREDICTIONS: &str = include_str!("prompt_predictions.md");
/// What is added where the slow packages are installed, and where an expert plays.
const SLOW: &str = include_str!("prompt_slow.md");
const EXPERT: &str = include_str!("prompt_expert.md");

/// What each visible file is, by path.
const FILE_DOCS: &[(&str, &str)] = &[
    ("train.csv", "rows with the target"),
    ("test.csv", "rows without it"),
    ("columns.json", "the columns and their kinds"),
    ("README.md", "the data dictionary, how rows were collected, what the model is for"),
    ("logs/asof.log", "which job writes a column"),
    ("etl/features.sql", "when the jobs run, and how computed columns are defined"),
    ("helpers.py", "functions that the team has always used"),
    ("run_pipeline.py", "runs your pipeline as the grader does"),
];

/// The system and the user message.
///
/// # Panics
/// The brief belongs to another environment.
pub(super) fn render(brief: &Brief, episode: &EpisodeSpec) -> (String, String) {
    let facts = Facts::read(brief).expect("an episode starts from a brief of this environment");
    let task = if episode.track == PREDICTIONS_TRACK { PREDICTIONS } else { PIPELINE };
    let values = [
        ("task", task.trim_end().to_owned()),
        ("turns", episode.limits.turns_max.to_string()),
        ("title", brief.title.clone()),
        ("files", files(brief)),
        ("train_rows", facts.train_rows.to_string()),
        ("test_rows", facts.test_rows.to_string()),
        ("seconds", BOX_SECONDS.to_string()),
        ("stdout", episode.limits.observation_bytes_max.to_string()),
    ];
    let variants = [(episode.slow, SLOW), (episode.expert, EXPERT)];
    let more = variants.iter().filter(|(wanted, _)| *wanted).map(|(_, text)| format!("\n{text}"));
    let user = USER.to_owned() + &more.collect::<String>();
    (fill(SYSTEM, &values), fill(&user, &values))
}

fn files(brief: &Brief) -> String {
    let mut list = String::new();
    for file in &brief.files {
        let doc = FILE_DOCS.iter().find(|(path, _)| *path == file.path).map_or("", |(_, doc)| doc);
        let _ = writeln!(list, "- `{}`{}{doc}", file.path, if doc.is_empty() { "" } else { ": " });
    }
    list.trim_end().to_owned()
}

/// Puts the values into their places, in order: an early value may hold the place of a later one.
fn fill(template: &str, values: &[(&str, String)]) -> String {
    let mut text = template.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{{{name}}}}}"), value);
    }
    text
}
