//! The levels of difficulty: how many errors a program has at once, each of another class.

use envy_core::Preset;

/// The levels by name, easiest first.
pub(super) const NAMES: &[&str; 3] = &[EASY.name, MEDIUM.name, HARD.name];

/// One error.
pub(super) const EASY: Preset =
    Preset { name: "easy", doc: "One error.", knobs: &[("errors", "1"), ("none-share", "0")], episode: &[] };

/// Two errors.
pub(super) const MEDIUM: Preset = Preset {
    name: "medium",
    doc: "Two errors of different classes.",
    knobs: &[("errors", "2"), ("none-share", "0")],
    episode: &[],
};

/// Three errors.
pub(super) const HARD: Preset = Preset {
    name: "hard",
    doc: "Three errors of different classes.",
    knobs: &[("errors", "3"), ("none-share", "0")],
    episode: &[],
};
