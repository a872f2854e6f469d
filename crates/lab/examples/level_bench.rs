//! What those with a part of the skill come to on each level of `cleaning`, on draws that the gate never saw.
//!
//! ```text
//! cargo run --release -p envy-lab --example level_bench -- [TASKS ["KNOB=VALUE ..."]...]
//! ```
//!
//! Settings in quotes are measured in place of the levels: each stands for one.

#![allow(clippy::print_stdout, reason = "a benchmark prints its figures")]

use envy_core::{Environment as _, GenerateInput, Knobs, Salt, Seed, TaskSpec};
use envy_environments::cleaning::{Cleaning, ladder};
use rayon::prelude::*;

/// Far from every other seed of this project, so that nothing was tuned on these tasks.
const FIRST_SEED: u64 = 930_000;

/// Players of each skill on each task.
const PLAYERS: usize = 10;

/// Of what is wrong, the share that a player sees.
const SKILLS: [f64; 4] = [1.0, 0.9, 0.8, 0.6];

/// Those who can do one thing only.
const NARROW: [&str; 6] = ["lazy", "types-only", "units-only", "dedupe", "drop-sources", "drop"];

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// What became of one task.
struct Figures {
    candidates: usize,
    /// Recovery of each narrow policy.
    recovery: [f64; NARROW.len()],
    /// Reward of each narrow policy.
    reward: [f64; NARROW.len()],
    /// Whether it passed.
    narrow: [f64; NARROW.len()],
    /// The share of players of each skill that passed.
    skilled: [f64; SKILLS.len()],
}

fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let tasks: u64 = words.first().map_or(Ok(8), |word| word.parse())?;
    let info = Cleaning.info();
    let preset = |name: &&str| info.presets.iter().find(|preset| preset.name == *name);
    let levels: Vec<(String, Knobs)> = if let Some(settings) = words.get(1..).filter(|rest| !rest.is_empty())
    {
        let knobs = |words: &String| {
            let pairs = words.split(' ').filter_map(|word| word.split_once('='));
            Ok::<_, Failed>((words.clone(), Knobs::resolve(info.name, info.knobs, pairs)?))
        };
        settings.iter().map(knobs).collect::<Result<_, _>>()?
    } else {
        let levels = info.levels.iter().filter_map(preset);
        let knobs = |preset: &envy_core::Preset| {
            let knobs = Knobs::resolve(info.name, info.knobs, preset.knobs.iter().copied())?;
            Ok::<_, Failed>((preset.name.to_owned(), knobs))
        };
        levels.map(knobs).collect::<Result<_, _>>()?
    };
    println!("cleaning, {tasks} tasks a level, {PLAYERS} players of each skill on each");
    for (name, knobs) in levels {
        let each = (0..tasks).into_par_iter().map(|task| task_of(&knobs, FIRST_SEED + task));
        print(&name, &each.collect::<Result<Vec<Figures>, _>>()?);
    }
    Ok(())
}

fn print(level: &str, each: &[Figures]) {
    let mean = |of: &dyn Fn(&Figures) -> f64| each.iter().map(of).sum::<f64>() / each.len() as f64;
    println!("{level}: {:.1} candidates a task", mean(&|figures| figures.candidates as f64));
    for (at, name) in NARROW.iter().enumerate() {
        println!(
            "  {name:14} passed {:.3}  recovery {:6.3}  reward {:.3}",
            mean(&|figures| figures.narrow[at]),
            mean(&|figures| figures.recovery[at]),
            mean(&|figures| figures.reward[at])
        );
    }
    for (at, skill) in SKILLS.iter().enumerate() {
        println!("  reference@{skill:<4} passed {:.3}", mean(&|figures| figures.skilled[at]));
    }
}

fn task_of(knobs: &Knobs, seed: u64) -> Result<Figures, Failed> {
    let spec = TaskSpec::new("cleaning", seed, knobs.clone(), &Salt::public());
    let made = ladder::unseen(&GenerateInput { spec, salt: Salt::public(), table: None })?;
    let climbed = ladder::climb(&made)?;
    let of = |figure: &dyn Fn(&ladder::Rung) -> f64| NARROW.map(|name| climbed.get(name).map_or(0.0, figure));
    let root = Seed::named("bench/levels").derive(&seed.to_string());
    let seeds: Vec<Seed> = (0..PLAYERS).map(|player| root.derive(&player.to_string())).collect();
    let mut skilled = [0.0; SKILLS.len()];
    for (share, skill) in skilled.iter_mut().zip(SKILLS) {
        let rungs = ladder::partly(&made, skill, &seeds)?;
        *share = rungs.iter().filter(|rung| rung.passed).count() as f64 / rungs.len().max(1) as f64;
    }
    Ok(Figures {
        candidates: made.rejections.len() + 1,
        recovery: of(&|rung| rung.recovery),
        reward: of(&|rung| rung.reward),
        narrow: of(&|rung| f64::from(u8::from(rung.passed))),
        skilled,
    })
}
