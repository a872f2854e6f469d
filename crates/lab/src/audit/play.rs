//! Play: every policy and every cheat on every task, the reference twice, and once with the eyes of another task.

use std::collections::BTreeSet;
use std::sync::Arc;

use envy_core::{
    Brief, Chat, Environment, EpisodeSpec, Fault, FaultKind, FlagKind, Model, ModelError, Opening, Policy,
    PolicyKind, Record,
};
use envy_models::PolicyModel;
use envy_rollout::{Cancel, Finished, Launch, Schedule};

use super::Settings;
use crate::bench::Bench;
use crate::dataset::TaskRef;
use crate::error::LabError;
use crate::stage::{Place, Stage};

/// Sees an audit as it happens.
pub trait Watch: Send + Sync {
    /// So many episodes will be played.
    fn begun(&self, _episodes: usize) {}

    /// An episode is over.
    fn over(&self, _policy: &str) {}
}

/// Who plays.
pub(super) struct Player {
    pub(super) policy: &'static dyn Policy,
    /// It sees the visible half of another task than the one it plays on.
    pub(super) is_blind: bool,
    /// How often it plays each task.
    rollouts: u32,
    /// What it stands for on each task.
    kinds: Vec<PolicyKind>,
}

impl Player {
    /// What it stands for on a task.
    pub(super) fn kind_on(&self, task: usize) -> PolicyKind {
        self.kinds[task]
    }

    /// What it stands for on any of them, each kind once.
    pub(super) fn kinds(&self) -> BTreeSet<PolicyKind> {
        self.kinds.iter().copied().collect()
    }
}

/// What is kept of an episode.
pub(super) struct Episode {
    pub(super) player: usize,
    pub(super) task: usize,
    pub(super) rollout: u32,
    pub(super) reward: Option<f64>,
    pub(super) passed: bool,
    pub(super) flags: Vec<FlagKind>,
    /// The task's canary stands somewhere in the record.
    pub(super) shows_canary: bool,
    /// Kept of the reference alone, to compute its verdict again.
    pub(super) record: Option<Box<Record>>,
}

/// What was played.
pub(super) struct Played {
    pub(super) players: Vec<Player>,
    /// By player, task and rollout.
    pub(super) episodes: Vec<Episode>,
}

/// One episode that is to be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    player: usize,
    task: usize,
    rollout: u32,
}

fn players(
    environment: &dyn Environment,
    settings: &Settings,
    tasks: &[TaskRef],
) -> Result<Vec<Player>, LabError> {
    let wanted = |policy: &&&'static dyn Policy| {
        let is_named = settings.cheats.is_empty() || settings.cheats.iter().any(|name| name == policy.name());
        policy.kind() != PolicyKind::Cheat || (is_named && !settings.ladder_only)
    };
    let mut players: Vec<Player> = Vec::new();
    for policy in environment.policies().iter().chain(environment.exploits()).filter(wanted) {
        let is_reference = policy.kind() == PolicyKind::Reference;
        let rollouts = if is_reference { 2 } else { 1 };
        players.push(Player { policy: *policy, is_blind: false, rollouts, kinds: Vec::new() });
        if is_reference && tasks.len() > 1 {
            players.push(Player { policy: *policy, is_blind: true, rollouts: 1, kinds: Vec::new() });
        }
    }
    for task in tasks {
        let brief = task.brief()?;
        for player in &mut players {
            player.kinds.push(player.policy.kind_on(&brief));
        }
    }
    Ok(players)
}

/// Plays everything there is to play.
pub(super) async fn play(
    environment: &'static dyn Environment,
    tasks: Vec<TaskRef>,
    settings: &Settings,
    bench: &Bench,
    cancel: Cancel,
    watch: &dyn Watch,
) -> Result<Played, LabError> {
    let players = players(environment, settings, &tasks)?;
    let mut keys = Vec::new();
    for task in 0..tasks.len() {
        for (player, one) in players.iter().enumerate() {
            keys.extend((0..one.rollouts).map(|rollout| Key { player, task, rollout }));
        }
    }
    watch.begun(keys.len());
    let canaries = tasks.iter().map(TaskRef::canary).collect::<Result<Vec<_>, LabError>>()?;
    let models = models(&players, &tasks)?;
    let stage = Arc::new(Stage::of(environment, tasks)?);
    let launch = {
        let (stage, bench, models) = (Arc::clone(&stage), bench.clone(), models.clone());
        move |key: &Key| {
            let model = Arc::clone(&models[key.player]);
            let place = Place { task: key.task, rollout: key.rollout };
            let start = stage.start(place, spec(model.name()), &bench, None);
            let start = start.map_err(|error| Fault::new(FaultKind::Task, error.to_string()))?;
            Ok(Launch { start, model })
        }
    };
    let planned = keys.len();
    let mut episodes: Vec<Episode> = Vec::new();
    let schedule = Schedule::new(settings.concurrency, cancel);
    schedule
        .run(keys, launch, |finished: Finished<Key>| {
            let Finished { key, outcome, earlier } = finished;
            let place = Place { task: key.task, rollout: key.rollout };
            let spec = spec(models[key.player].name());
            let record = stage.record(place, 0, spec, outcome, &earlier, bench);
            let player = &players[key.player];
            watch.over(player.policy.name());
            episodes.push(kept(key, player, record, &canaries[key.task]));
        })
        .await;
    if episodes.len() < planned {
        return Err(LabError::usage("the audit was stopped", "nothing of it is kept; run it again"));
    }
    episodes.sort_by_key(|episode| (episode.player, episode.task, episode.rollout));
    Ok(Played { players, episodes })
}

/// Every episode has the bait in its box.
fn spec(model: &str) -> EpisodeSpec {
    EpisodeSpec { honey: true, ..EpisodeSpec::new(model) }
}

fn kept(key: Key, player: &Player, record: Record, canary: &str) -> Episode {
    let text = serde_json::to_string(&record).expect("a record is plain data");
    let is_reference = player.policy.kind() == PolicyKind::Reference && !player.is_blind;
    let score = record.verdict.score();
    Episode {
        player: key.player,
        task: key.task,
        rollout: key.rollout,
        reward: score.map(|score| score.reward),
        passed: score.is_some_and(|score| score.passed),
        flags: record.integrity.kinds(),
        shows_canary: text.contains(canary),
        record: (is_reference && key.rollout == 0).then(|| Box::new(record)),
    }
}

fn models(players: &[Player], tasks: &[TaskRef]) -> Result<Vec<Arc<dyn Model>>, LabError> {
    let briefs = if players.iter().any(|player| player.is_blind) {
        tasks.iter().take(2).map(TaskRef::brief).collect::<Result<Vec<_>, LabError>>()?
    } else {
        Vec::new()
    };
    let model = |player: &Player| -> Arc<dyn Model> {
        let inner = PolicyModel::new(player.policy);
        if player.is_blind { Arc::new(Elsewhere { inner, briefs: briefs.clone() }) } else { Arc::new(inner) }
    };
    Ok(players.iter().map(model).collect())
}

/// A policy that was shown another task: what it earns can be earned without looking at this one's data.
struct Elsewhere {
    inner: PolicyModel,
    /// Two tasks, of which at least one is another.
    briefs: Vec<Arc<Brief>>,
}

impl Model for Elsewhere {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn open(&self, opening: &Opening<'_>) -> Result<Box<dyn Chat>, ModelError> {
        let same = |brief: &Brief| {
            brief.files.iter().all(|file| opening.brief.file(&file.path) == Some(file.bytes.as_slice()))
        };
        let other = self.briefs.iter().find(|brief| !same(brief));
        let brief = other.map_or(opening.brief, Arc::as_ref);
        self.inner.open(&Opening { brief, episode: opening.episode, seed: opening.seed })
    }
}
