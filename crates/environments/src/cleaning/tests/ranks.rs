//! The levels, by what there is to overlook and by those who overlook it, on one task each; the rates of many tasks are the
//! benchmark's.

use super::*;
use crate::cleaning::{ladder, levels};

/// Players on each task.
const PLAYERS: u64 = 16;

/// Who overlooks one habit in five.
const SKILL: f64 = 0.8;

#[test]
fn each_level_of_cleaning_has_more_to_overlook_and_the_easiest_is_passed_most_often() {
    let [easy, medium, hard] = levels::NAMES.map(climbed);
    assert!(easy.0 < medium.0 && medium.0 < hard.0, "faults: {}, {}, {}", easy.0, medium.0, hard.0);
    assert!(easy.1 > medium.1 && easy.1 > hard.1, "passed: {}, {}, {}", easy.1, medium.1, hard.1);
}

/// The faults, and how many of the players pass; whoever overlooks nothing does.
fn climbed(level: &str) -> (usize, usize) {
    let preset = knobs::PRESETS.iter().find(|preset| preset.name == level).unwrap();
    let settings: Vec<(&str, &str)> = preset.knobs.iter().copied().chain(FAST).collect();
    let made = generate_with(47, &settings);
    let faults = String::from_utf8_lossy(made.task.hidden.get(files::LEDGER).unwrap()).lines().count();
    let players = (0..PLAYERS).map(|player| Seed::named("ranks").derive(&player.to_string()));
    let seeds: Vec<Seed> = players.collect();
    assert!(ladder::partly(&made, 1.0, &seeds[..1]).unwrap()[0].passed, "{level}");
    let rungs = ladder::partly(&made, SKILL, &seeds).unwrap();
    (faults, rungs.iter().filter(|rung| rung.passed).count())
}
