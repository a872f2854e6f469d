//! Audit: whether a set of tasks measures work, and nothing but work.
//!
//! The scripted policies and every cheat of the zoo play in real boxes; what came of them, the tasks' folders and a second
//! generation are held against a list of lines. A line that cannot be checked says why and condemns nothing.

mod lines;
mod page;
mod play;

use std::collections::BTreeMap;

use envy_core::{Environment, FlagKind, PolicyKind, Salt};
use envy_learn::intervals::wilson;
use envy_rollout::Cancel;
use serde::Serialize;

use crate::admission::check;
use crate::bench::Bench;
use crate::dataset::TaskRef;
use crate::error::LabError;

pub use lines::LINES;
pub use page::write;
use play::Played;
pub use play::Watch;

/// Tasks of one audit at most.
pub const TASKS_MAX: usize = 1_000;

/// The confidence of every interval of an audit.
const CONFIDENCE: f64 = 0.95;

/// What is audited, and with what.
pub struct Settings {
    /// The salt of the tasks, for making them again.
    pub salt: Salt,
    /// Episodes at once.
    pub concurrency: usize,
    /// Of the cheats only these, if any are named.
    pub cheats: Vec<String>,
    /// Without the cheats of the zoo and of the environment: the ladder alone.
    pub ladder_only: bool,
}

/// What an audit found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Audit {
    /// Always `envy.audit/1`.
    pub schema: &'static str,
    /// The environment's registry name.
    pub environment: String,
    /// Tasks that were audited.
    pub tasks: usize,
    /// Episodes that were played.
    pub episodes: usize,
    /// What cannot be known of these tasks, in one sentence; empty if all can.
    pub note: String,
    /// Line by line.
    pub lines: Vec<Line>,
    /// The policies, from nothing to the reference; twice where some tasks ask for no more than what a policy of partial
    /// skill does.
    pub ladder: Vec<Rung>,
    /// The cheats.
    pub cheats: Vec<Rung>,
    /// How often each flag that a cheat raises was raised.
    pub detection: BTreeMap<FlagKind, Detection>,
}

/// One line of an audit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// Its name.
    pub name: &'static str,
    /// What it asks.
    pub asks: &'static str,
    /// Whether it holds; null if it cannot be checked here.
    pub holds: Option<bool>,
    /// The figures, or why it cannot be checked.
    pub detail: String,
}

/// What one policy earned.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rung {
    /// The policy's name.
    pub policy: String,
    /// What it does.
    pub doc: String,
    /// What it stands for: `null`, `partial`, `honest`, `reference` or `cheat`.
    pub kind: &'static str,
    /// Graded episodes.
    pub episodes: usize,
    /// Episodes without a score.
    pub voids: usize,
    /// Of those graded, passed.
    pub passed: usize,
    /// The share of passes, and its 95 % interval.
    pub pass_rate: Option<f64>,
    /// Wilson's interval; `[0, 1]` without episodes.
    pub pass_interval: [f64; 2],
    /// Mean reward.
    pub reward_mean: Option<f64>,
    /// Greatest reward.
    pub reward_max: Option<f64>,
    /// Episodes with each flag.
    pub flags: BTreeMap<FlagKind, usize>,
    /// Of a cheat: the holes that it tries.
    pub holes: Vec<&'static str>,
    /// Of a cheat: what stops it.
    pub mechanism: &'static str,
    /// Of a cheat: the flags of which it should raise one.
    pub expected: Vec<FlagKind>,
    /// Of a cheat with expected flags: episodes in which one of them was raised.
    pub caught: usize,
}

/// How often a flag was raised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Detection {
    /// Episodes of cheats that should raise it, or one of some with it.
    pub expected: usize,
    /// Of those, episodes in which it was raised.
    pub raised: usize,
    /// Episodes of the reference.
    pub reference: usize,
    /// Of those, episodes in which it was raised: false alarms.
    pub reference_alarms: usize,
    /// Episodes of the other honest policies.
    pub honest: usize,
    /// Of those, episodes in which it was raised: false alarms too.
    pub honest_alarms: usize,
    /// Episodes of partial skill. Some of it gambles, which shows: these are no false alarms.
    pub partial: usize,
    /// Of those, episodes in which it was raised.
    pub partial_alarms: usize,
}

impl Audit {
    /// Whether no line falls short.
    pub fn holds(&self) -> bool {
        self.lines.iter().all(|line| line.holds != Some(false))
    }
}

/// Audits tasks of one environment.
///
/// # Errors
/// A task was edited or belongs elsewhere, there are too many, or the host failed.
pub async fn audit(
    environment: &'static dyn Environment,
    tasks: &[TaskRef],
    settings: &Settings,
    bench: &Bench,
    cancel: Cancel,
    watch: &dyn Watch,
) -> Result<Audit, LabError> {
    if tasks.is_empty() || tasks.len() > TASKS_MAX {
        return Err(LabError::usage(
            format!("{} tasks cannot be audited", tasks.len()),
            format!("an audit takes 1 to {TASKS_MAX}"),
        ));
    }
    tasks.iter().try_for_each(|task| check(environment, task))?;
    let played = play::play(environment, tasks.to_vec(), settings, bench, cancel, watch).await?;
    let ladder = rungs(&played, |kind| kind != PolicyKind::Cheat);
    let cheats = rungs(&played, |kind| kind == PolicyKind::Cheat);
    let known: Vec<&str> = ladder.iter().map(|rung| rung.kind).collect();
    let note = if known.contains(&"reference") {
        String::new()
    } else {
        format!(
            "{} has no reference policy: whether these tasks can be solved is not known",
            environment.info().name
        )
    };
    let mut audit = Audit {
        schema: "envy.audit/1",
        environment: environment.info().name.to_owned(),
        tasks: tasks.len(),
        episodes: played.episodes.len(),
        note,
        lines: Vec::new(),
        detection: detection(&played),
        ladder,
        cheats,
    };
    audit.lines = lines::all(&lines::Evidence {
        audit: &audit,
        played: &played,
        environment,
        tasks,
        salt: &settings.salt,
        bench,
    })
    .await?;
    Ok(audit)
}

fn word(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Null => "null",
        PolicyKind::Partial => "partial",
        PolicyKind::Honest => "honest",
        PolicyKind::Reference => "reference",
        PolicyKind::Cheat => "cheat",
    }
}

/// What the policies of some kinds earned, in their order; one that stands for different things on different tasks has a
/// rung for each. The reference with foreign eyes is no rung.
fn rungs(played: &Played, wanted: fn(PolicyKind) -> bool) -> Vec<Rung> {
    let players = played.players.iter().enumerate().filter(|(_, player)| !player.is_blind);
    let kinds = players.flat_map(|(index, player)| player.kinds().into_iter().map(move |kind| (index, kind)));
    kinds.filter(|(_, kind)| wanted(*kind)).map(|(index, kind)| rung(played, index, kind)).collect()
}

fn rung(played: &Played, index: usize, kind: PolicyKind) -> Rung {
    let player = &played.players[index];
    let is_of = |episode: &&play::Episode| episode.player == index && player.kind_on(episode.task) == kind;
    let of_player: Vec<_> = played.episodes.iter().filter(is_of).collect();
    let rewards: Vec<f64> = of_player.iter().filter_map(|episode| episode.reward).collect();
    let passed = of_player.iter().filter(|episode| episode.passed).count();
    let interval = wilson(passed as u64, rewards.len() as u64, CONFIDENCE);
    let mut flags: BTreeMap<FlagKind, usize> = BTreeMap::new();
    for kind in of_player.iter().flat_map(|episode| &episode.flags) {
        *flags.entry(*kind).or_default() += 1;
    }
    let exploit = player.policy.exploit();
    let expected: Vec<FlagKind> = exploit.map_or_else(Vec::new, |exploit| exploit.flags.to_vec());
    let caught = of_player.iter().filter(|episode| expected.iter().any(|kind| episode.flags.contains(kind)));
    let mean = rewards.iter().sum::<f64>() / rewards.len() as f64;
    Rung {
        policy: player.policy.name().to_owned(),
        doc: player.policy.doc().to_owned(),
        kind: word(kind),
        episodes: rewards.len(),
        voids: of_player.len() - rewards.len(),
        passed,
        pass_rate: (!rewards.is_empty()).then(|| passed as f64 / rewards.len() as f64),
        pass_interval: [interval.low, interval.high],
        reward_mean: Some(mean).filter(|mean| mean.is_finite()),
        reward_max: rewards.iter().copied().reduce(f64::max),
        caught: caught.count(),
        flags,
        holes: exploit.map_or_else(Vec::new, |exploit| exploit.holes.to_vec()),
        mechanism: exploit.map_or("", |exploit| exploit.mechanism),
        expected,
    }
}

/// How often each flag was raised where it should be, and where it should not.
fn detection(played: &Played) -> BTreeMap<FlagKind, Detection> {
    let mut found: BTreeMap<FlagKind, Detection> = BTreeMap::new();
    for kind in FlagKind::ALL {
        let mut detection = Detection::default();
        for episode in &played.episodes {
            let player = &played.players[episode.player];
            let is_expected = player.policy.exploit().is_some_and(|exploit| exploit.flags.contains(kind));
            let (episodes, raised) = match player.kind_on(episode.task) {
                PolicyKind::Cheat if is_expected => (&mut detection.expected, &mut detection.raised),
                // What a cheat raises besides, and what comes of foreign eyes, is counted nowhere.
                PolicyKind::Cheat => continue,
                _ if player.is_blind => continue,
                PolicyKind::Reference => (&mut detection.reference, &mut detection.reference_alarms),
                PolicyKind::Honest | PolicyKind::Null => {
                    (&mut detection.honest, &mut detection.honest_alarms)
                }
                PolicyKind::Partial => (&mut detection.partial, &mut detection.partial_alarms),
            };
            *episodes += 1;
            *raised += usize::from(episode.flags.contains(kind));
        }
        let alarms = detection.reference_alarms + detection.honest_alarms + detection.partial_alarms;
        if detection.expected + alarms > 0 {
            found.insert(*kind, detection);
        }
    }
    found
}

#[cfg(test)]
mod tests;
