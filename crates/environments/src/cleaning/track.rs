//! Tracks: how much of the model the agent may decide. The tables are the same on all of them.

use envy_core::EpisodeSpec;

/// A track of the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Track {
    /// A fixed model is trained on what `clean_data` returns.
    Fixed,
    /// The agent picks a model and its settings from a menu.
    Choose,
    /// The agent's own code trains and predicts.
    Free,
}

/// Every track, the default first.
pub(super) const TRACKS: &[envy_core::Track] = &[
    envy_core::Track {
        name: "fixed",
        doc: "The agent writes clean_data; a fixed model is trained on what it returns.",
        trains: false,
    },
    envy_core::Track {
        name: "choose",
        doc: "It also picks the model and its settings from a closed menu.",
        trains: false,
    },
    envy_core::Track {
        name: "free",
        doc: "It also writes train_model and predict, which see features without labels.",
        trains: true,
    },
];

impl Track {
    /// The track of an attempt; whoever names another was refused before.
    pub(super) fn of(episode: &EpisodeSpec) -> Self {
        match episode.track.as_str() {
            "choose" => Self::Choose,
            "free" => Self::Free,
            _ => Self::Fixed,
        }
    }
}
