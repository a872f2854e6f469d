//! Tracks: how much of the model the agent may decide. The tables are the same on all of them.

use envy_core::{EpisodeSpec, Submission};

use super::exam::Goal;
use super::files::CLEAN;
use super::menu::Choice;
use super::own_model;

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
        name: envy_core::Track::FIXED.name,
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

    /// The first file that a submission lacks of what there must be.
    pub(super) fn missing(self, submission: &Submission) -> Option<&'static str> {
        let wanted: &[&'static str] = if self == Self::Free { &[CLEAN, own_model::MODEL] } else { &[CLEAN] };
        wanted.iter().copied().find(|name| submission.file(name).is_none())
    }

    /// The model that a submission picks, where it may.
    ///
    /// # Errors
    /// Those of [`Choice::read`].
    pub(super) fn choice(self, submission: &Submission, goal: Goal) -> Result<Option<Choice>, String> {
        if self == Self::Choose { Choice::read(submission, goal) } else { Ok(None) }
    }
}
