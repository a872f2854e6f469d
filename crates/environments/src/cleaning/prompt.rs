//! The first messages of an episode. The words lie beside this file; here they are filled in.

use std::fmt::Write as _;

use envy_core::{Brief, EpisodeSpec};

use super::facts::Facts;
use super::fixed::FixedModel;
use super::grade::CLEAN_SECONDS;
use super::own_model::MODEL_SECONDS;
use super::score::DAMAGE_MAX;
use super::track::Track;

const SYSTEM: &str = include_str!("prompt_system.md");
const USER: &str = include_str!("prompt_user.md");
/// How a certified task is scored, and one whose accuracy tells nothing.
const SCORED_BY_RECOVERY: &str = include_str!("prompt_recovery.md");
const SCORED_BY_REPAIR: &str = include_str!("prompt_repair.md");
/// What is added where the agent picks the model, and where it writes it.
const CHOOSE: &str = include_str!("prompt_choose.md");
const FREE: &str = include_str!("prompt_free.md");
/// What is added where the slow packages are installed.
const SLOW: &str = include_str!("prompt_slow.md");

/// What each visible file is, by path.
const FILE_DOCS: &[(&str, &str)] = &[
    ("train.csv", "the export"),
    ("schema.json", "the columns: type, role, unit, legal range, levels, formulas, other units in use"),
    ("README.md", "the data dictionary and what is known about the sources"),
    ("logs/changes.log", "the change log of the sources"),
    ("run_clean.py", "runs your `clean.py` and writes `cleaned.csv`"),
];

/// The system and the user message.
pub(super) fn render(brief: &Brief, episode: &EpisodeSpec) -> (String, String) {
    let facts = Facts::read(brief).expect("an episode starts from a brief of this environment");
    let tau = episode.tau.unwrap_or(facts.tau);
    let model = FixedModel::named(&facts.model).map_or("", FixedModel::describe);
    let scoring = if facts.certified { SCORED_BY_RECOVERY } else { SCORED_BY_REPAIR };
    let own_model = match Track::of(episode) {
        Track::Fixed => "",
        Track::Choose => CHOOSE,
        Track::Free => FREE,
    };
    let values = [
        ("own_model", own_model.to_owned()),
        ("model_seconds", MODEL_SECONDS[usize::from(episode.slow)].to_string()),
        ("scoring", scoring.trim_end().to_owned()),
        ("turns", episode.limits.turns_max.to_string()),
        ("probes", episode.limits.probes_max.to_string()),
        ("title", brief.title.clone()),
        ("files", files(brief)),
        ("target", facts.target),
        ("id", facts.id),
        ("seconds", CLEAN_SECONDS.to_string()),
        ("model", model.to_owned()),
        ("tau", tau.to_string()),
        ("damage", format!("{} %", DAMAGE_MAX * 100.0)),
        ("classes", facts.classes.to_string()),
    ];
    let user = if episode.slow { USER.to_owned() + SLOW } else { USER.to_owned() };
    (fill(SYSTEM, &values), fill(&user, &values))
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
