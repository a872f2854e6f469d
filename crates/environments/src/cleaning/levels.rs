//! The levels of difficulty: more sources with a fault, notes that say less, and a pass that takes nearly all of what was
//! lost.
//!
//! A model shrugs off a few wrong rows, so that of many faults each costs little: more of them are only harder if more rows
//! are bad and a pass takes more.

use envy_core::Preset;

/// The levels by name, easiest first.
pub(super) const NAMES: &[&str; 3] = &[EASY.name, MEDIUM.name, HARD.name];

/// One fault, and the notes name it.
pub(super) const EASY: Preset = Preset {
    name: "easy",
    doc: "One source has a fault, and the notes name it.",
    knobs: &[("faults", "1"), ("faults-per-source", "1"), ("evidence", "explicit")],
    episode: &[],
};

/// Up to four faults, and the notes say where.
pub(super) const MEDIUM: Preset = Preset {
    name: "medium",
    doc: "Two sources have up to two faults each, the notes say only where, and half of the rows are bad.",
    knobs: &[
        ("faults", "2"),
        ("faults-per-source", "2"),
        ("evidence", "hinted"),
        ("corrupt", "0.5"),
        ("tau", "0.9"),
    ],
    episode: &[],
};

/// Up to eight faults that only the comparison of the sources shows.
pub(super) const HARD: Preset = Preset {
    name: "hard",
    doc: "Four sources have up to two faults each, only their comparison shows it, and a pass takes nearly all.",
    knobs: &[
        ("faults", "4"),
        ("faults-per-source", "2"),
        ("evidence", "cross-source"),
        ("corrupt", "0.5"),
        ("tau", "0.95"),
    ],
    episode: &[],
};
