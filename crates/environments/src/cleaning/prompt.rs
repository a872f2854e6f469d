//! The first messages of an episode. The words lie beside this file; here they are filled in.

use std::fmt::Write as _;

use envy_core::{Brief, EpisodeSpec};

use super::exam::Goal;
use super::facts::Facts;
use super::fixed::FixedModel;
use super::grade::CLEAN_SECONDS;
use super::own_model::MODEL_SECONDS;
use super::score::DAMAGE_MAX;
use super::shapes::{Shape, series};
use super::track::Track;

const SYSTEM: &str = include_str!("prompt_system.md");
const USER: &str = include_str!("prompt_user.md");
/// How a certified task is scored, and one whose accuracy tells nothing.
const SCORED_BY_RECOVERY: &str = include_str!("prompt_recovery.md");
const SCORED_BY_REPAIR: &str = include_str!("prompt_repair.md");
/// What is added where the agent picks the model, and where it writes it.
const CHOOSE: &str = include_str!("prompt_choose.md");
const CHOOSE_FOR_NUMBERS: &str = include_str!("prompt_choose_numbers.md");
/// What is added where a batch is served.
const SERVE: &str = include_str!("prompt_serve.md");
const FREE: &str = include_str!("prompt_free.md");
/// What is added where the slow packages are installed.
const SLOW: &str = include_str!("prompt_slow.md");

/// What each visible file is, by path.
const FILE_DOCS: &[(&str, &str)] = &[
    ("train.csv", "the export"),
    ("schema.json", "the columns: type, role, unit, legal range, levels, formulas, other units in use"),
    ("README.md", "the data dictionary and what is known about the sources"),
    ("serve.csv", "a batch of new rows without labels"),
    ("run_serve.py", "runs your `clean.py` on that batch instead"),
    ("logs/changes.log", "the change log of the sources"),
    ("run_clean.py", "runs your `clean.py` and writes `cleaned.csv`"),
    ("windows.csv", "the windows, a device's day each, with their labels"),
    ("units_schema.json", "what a model reads of a window, as `schema.json` has the columns of the readings"),
    ("shape.json", "how the numbers of a window are computed from its readings, for programs"),
];

/// The system and the user message.
pub(super) fn render(brief: &Brief, episode: &EpisodeSpec) -> (String, String) {
    let facts = Facts::read(brief).expect("an episode starts from a brief of this environment");
    let tau = episode.tau.unwrap_or(facts.tau);
    let goal = if facts.classes == 0 { Goal::Number } else { Goal::Classes(facts.classes) };
    let model = FixedModel::named(&facts.model).map_or("", |model| model.describe(goal));
    let shape = Shape::named(&facts.shape).unwrap_or(Shape::Table);
    let (template, scored, free) = match shape {
        Shape::Table => (USER, SCORED_BY_RECOVERY, FREE),
        Shape::Series => series::PROMPT,
    };
    let scoring = if facts.certified { scored } else { SCORED_BY_REPAIR };
    let own_model = match Track::of(episode) {
        Track::Fixed => "",
        Track::Choose if goal == Goal::Number => CHOOSE_FOR_NUMBERS,
        Track::Choose => CHOOSE,
        Track::Free => free,
    };
    let values = [
        ("own_model", own_model.to_owned()),
        ("serving", if facts.serve { SERVE } else { "" }.to_owned()),
        ("model_seconds", MODEL_SECONDS[usize::from(episode.slow)].to_string()),
        ("scoring", scoring.trim_end().to_owned()),
        ("turns", episode.limits.turns_max.to_string()),
        ("probes", episode.limits.probes_max.to_string()),
        ("title", brief.title.clone()),
        ("files", files(brief)),
        ("target", facts.target.clone()),
        ("id", facts.id),
        ("seconds", CLEAN_SECONDS.to_string()),
        ("model", model.to_owned()),
        ("tau", tau.to_string()),
        ("damage", format!("{} %", DAMAGE_MAX * 100.0)),
        ("accuracies", if goal == Goal::Number { "R2" } else { "accuracies" }.to_owned()),
        ("measure", goal.measure_in_words().to_owned()),
        ("rounding", if goal == Goal::Number { "to a hundredth" } else { "to half a point" }.to_owned()),
        ("labels", labels(&facts.target, goal)),
    ];
    let user = if episode.slow { template.to_owned() + SLOW } else { template.to_owned() };
    (fill(SYSTEM, &values), fill(&user, &values))
}

/// What the labels are, in a sentence.
fn labels(target: &str, goal: Goal) -> String {
    match goal {
        Goal::Classes(classes) => format!("The labels have {classes} classes."),
        Goal::Number => {
            format!("The label `{target}` is a number: the model is one of regression, and scored by R2.")
        }
    }
}

fn files(brief: &Brief) -> String {
    let mut list = String::new();
    for file in &brief.files {
        let doc = FILE_DOCS.iter().find(|(path, _)| *path == file.path).map_or("", |(_, doc)| doc);
        let _ = writeln!(list, "- `{}`: {doc}", file.path);
    }
    list.trim_end().to_owned()
}

/// Puts the values into their places, in order: an early value may hold the place of a later one.
fn fill(template: &str, values: &[(&str, String)]) -> String {
    let mut text = template.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("{{{{{name}}}}}"), value);
    }
    debug_assert!(!text.contains("{{"), "a place was left open: {text}");
    text
}
