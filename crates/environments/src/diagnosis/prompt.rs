//! The first messages of an episode. The words lie beside this file; here they are filled in.

use envy_core::{Brief, EpisodeSpec};

use super::report;

const SYSTEM: &str = include_str!("prompt_system.md");
const USER: &str = include_str!("prompt_user.md");

/// The system and the user message.
pub(super) fn render(brief: &Brief, episode: &EpisodeSpec) -> (String, String) {
    let schema = serde_json::to_string(&report::schema()).expect("a schema is plain data");
    let user = USER.replace("{{title}}", &brief.title).replace("{{schema}}", &format!("  `{schema}`"));
    (SYSTEM.replace("{{turns}}", &episode.limits.turns_max.to_string()), user)
}
