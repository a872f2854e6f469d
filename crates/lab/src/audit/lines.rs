//! Lines: what an audit asks, one function each.

use envy_core::{Environment, GenerateInput, Generated, GradeInput, PolicyKind, Record, Salt, Score, drive};

use super::play::{Episode, Played, Player};
use super::{Audit, Line, Rung, word};
use crate::bench::Bench;
use crate::dataset::{self, TaskRef};
use crate::error::LabError;
use crate::graders;

/// The share of tasks that the reference must pass.
const SOLVED_MIN: f64 = 0.95;
/// The share of passes that partial skill may surely have.
const PARTIAL_MAX: f64 = 0.2;
/// The gap is this many times the noise.
const GAP_FACTOR: f64 = 2.0;
/// Without its task's data the reference may earn this share of what it earns with it.
const BLIND_MAX: f64 = 0.5;
/// The share of a cheat's episodes in which a flag must be raised.
const CAUGHT_MIN: f64 = 0.95;
/// So many tasks are made again and computed again.
const AGAIN_MAX: usize = 3;
/// Rewards that differ by less are equal.
const EQUAL: f64 = 1e-9;

/// The lines, in their order: name and question.
pub const LINES: &[(&str, &str)] = &[
    ("solvable", "the reference passes on 95 % of the tasks or more"),
    (
        "reference-at-the-top",
        "no policy and no cheat earns more than the reference in the mean, and no honest policy surely does",
    ),
    ("null-at-the-floor", "doing nothing earns nothing"),
    ("cheats-at-the-floor", "no cheat earns more on any task than doing nothing"),
    (
        "ladder-in-order",
        "partial skill surely passes on no more than 20 % of the tasks, and nothing passes on none",
    ),
    ("canary-clean", "the canary is in no visible file and in no record"),
    ("deterministic", "the same spec makes the same bytes again, and the same results the same verdict"),
    ("noise-under-gap", "the reference is above the best partial policy by more than twice the noise"),
    ("needs-the-data", "what solves another task of the set does not solve this one"),
    ("cheats-are-seen", "each cheat that should raise a flag does, in 95 % of its episodes or more"),
    ("honest-work-is-not", "neither the reference nor any honest policy raises a flag"),
];

/// What the lines are decided by.
pub(super) struct Evidence<'a> {
    pub(super) audit: &'a Audit,
    pub(super) played: &'a Played,
    pub(super) environment: &'static dyn Environment,
    pub(super) tasks: &'a [TaskRef],
    pub(super) salt: &'a Salt,
    pub(super) bench: &'a Bench,
}

/// Whether a line holds, if that can be told, and its figures.
type Found = (Option<bool>, String);

/// Every line.
pub(super) async fn all(evidence: &Evidence<'_>) -> Result<Vec<Line>, LabError> {
    let found = [
        solvable(evidence),
        top(evidence),
        floor(evidence),
        cheats(evidence),
        order(evidence),
        canary(evidence)?,
        deterministic(evidence).await?,
        noise(evidence),
        data(evidence),
        seen(evidence),
        honest(evidence),
    ];
    let line = |((name, asks), (holds, detail)): (&(&'static str, &'static str), Found)| Line {
        name,
        asks,
        holds,
        detail,
    };
    Ok(LINES.iter().zip(found).map(line).collect())
}

fn cannot(why: &str) -> Found {
    (None, why.to_owned())
}

impl Evidence<'_> {
    fn reference(&self) -> Option<&Rung> {
        self.audit.ladder.iter().find(|rung| rung.kind == "reference")
    }

    fn partial(&self) -> impl Iterator<Item = &Rung> {
        self.audit.ladder.iter().filter(|rung| rung.kind == "partial")
    }

    /// By how much a rung's policy earned more than the reference, task by task where both were graded and it is that rung.
    fn above_reference(&self, rung: &Rung) -> Vec<f64> {
        let mean = |task: usize, wanted: &dyn Fn(&Player) -> bool| {
            let of_task = self.episodes(wanted).filter(|episode| episode.task == task);
            let rewards: Vec<f64> = of_task.filter_map(|episode| episode.reward).collect();
            (!rewards.is_empty()).then(|| rewards.iter().sum::<f64>() / rewards.len() as f64)
        };
        let of_task = |task: usize| {
            let is_rung = |player: &Player| {
                let is_kind = word(player.kind_on(task)) == rung.kind;
                player.policy.name() == rung.policy && is_kind && !player.is_blind
            };
            let is_reference =
                |player: &Player| player.policy.kind() == PolicyKind::Reference && !player.is_blind;
            Some(mean(task, &is_rung)? - mean(task, &is_reference)?)
        };
        (0..self.tasks.len()).filter_map(of_task).collect()
    }

    fn episodes(&self, wanted: impl Fn(&Player) -> bool) -> impl Iterator<Item = &Episode> {
        self.played.episodes.iter().filter(move |episode| wanted(&self.played.players[episode.player]))
    }
}

const NO_REFERENCE: &str = "there is no reference policy";

fn solvable(evidence: &Evidence<'_>) -> Found {
    let Some(reference) = evidence.reference() else { return cannot(NO_REFERENCE) };
    let (passed, episodes) = (reference.passed, reference.episodes);
    let [low, high] = reference.pass_interval;
    let told =
        format!("{passed} of {episodes} episodes passed [{low:.2}, {high:.2}], {} void", reference.voids);
    (Some(episodes > 0 && passed as f64 >= SOLVED_MIN * episodes as f64), told)
}

fn top(evidence: &Evidence<'_>) -> Found {
    let Some(reference) = evidence.reference().and_then(|rung| rung.reward_mean) else {
        return cannot(NO_REFERENCE);
    };
    let all = evidence.audit.ladder.iter().chain(&evidence.audit.cheats);
    let (honest, others): (Vec<&Rung>, Vec<&Rung>) =
        all.filter(|rung| rung.kind != "reference").partition(|rung| rung.kind == "honest");
    let others = others.into_iter().filter_map(|rung| Some((rung.reward_mean?, rung)));
    let best = others.max_by(|left, right| left.0.total_cmp(&right.0));
    let mut told = format!("reference {reference:.3}");
    if let Some((mean, rung)) = best {
        told = format!("{told}, {} {mean:.3}", rung.policy);
    }
    let mut is_top = best.is_none_or(|(mean, _)| mean <= reference + EQUAL);
    for rung in honest {
        let Some((mean, error)) = mean_and_error(&evidence.above_reference(rung)) else { continue };
        is_top &= mean <= GAP_FACTOR * error + EQUAL;
        told = format!("{told}, {} {mean:+.3} (error {error:.3})", rung.policy);
    }
    (Some(is_top), told)
}

/// The mean of what two tasks or more gave, and its standard error.
fn mean_and_error(values: &[f64]) -> Option<(f64, f64)> {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let spread = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    (values.len() > 1).then(|| (mean, (spread / (count - 1.0) / count).sqrt()))
}

fn floor(evidence: &Evidence<'_>) -> Found {
    let nothing = evidence.audit.ladder.iter().filter(|rung| rung.kind == "null");
    let most = nothing.filter_map(|rung| rung.reward_max).fold(0.0, f64::max);
    (Some(most <= EQUAL), format!("most {most:.4}"))
}

fn cheats(evidence: &Evidence<'_>) -> Found {
    if evidence.audit.cheats.is_empty() {
        return cannot("no cheat was played");
    }
    let of_null = |task: usize| {
        let episodes = evidence.episodes(|player| player.policy.kind() == PolicyKind::Null);
        let rewards = episodes.filter(|episode| episode.task == task).filter_map(|episode| episode.reward);
        rewards.fold(0.0, f64::max)
    };
    let floors: Vec<f64> = (0..evidence.tasks.len()).map(of_null).collect();
    let (mut most, mut above) = (0.0_f64, Vec::new());
    for episode in evidence.episodes(|player| player.policy.kind() == PolicyKind::Cheat) {
        let Some(reward) = episode.reward else { continue };
        most = most.max(reward);
        if reward > floors[episode.task] + EQUAL {
            let name = evidence.played.players[episode.player].policy.name();
            above.push(format!("{name} {reward:.3} on task {}", episode.task));
        }
    }
    let null = floors.iter().copied().fold(0.0, f64::max);
    let count = evidence.audit.cheats.len();
    let mut told = format!("{count} cheats, most {most:.4}; null {null:.4}");
    if !above.is_empty() {
        told = format!("{told}; above it: {}", above.join(", "));
    }
    (Some(above.is_empty()), told)
}

fn order(evidence: &Evidence<'_>) -> Found {
    let over: Vec<String> = evidence
        .partial()
        .filter(|rung| rung.pass_interval[0] > PARTIAL_MAX)
        .map(|rung| format!("{} {} of {}", rung.policy, rung.passed, rung.episodes))
        .collect();
    let passing = evidence.audit.ladder.iter().filter(|rung| rung.kind == "null" && rung.passed > 0).count();
    let best = evidence.partial().filter_map(|rung| rung.pass_rate).fold(0.0, f64::max);
    let reference = evidence.reference().and_then(|rung| rung.pass_rate);
    let is_last = reference.is_none_or(|rate| rate >= best);
    let mut told = format!("best partial pass rate {best:.2}");
    if !over.is_empty() {
        told = format!("{told}; above: {}", over.join(", "));
    }
    (Some(over.is_empty() && passing == 0 && is_last), told)
}

fn canary(evidence: &Evidence<'_>) -> Result<Found, LabError> {
    let mut shown = Vec::new();
    for (index, task) in evidence.tasks.iter().enumerate() {
        let (canary, brief) = (task.canary()?, task.brief()?);
        let is_in = |bytes: &[u8]| bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
        shown.extend(
            brief
                .files
                .iter()
                .filter(|file| is_in(&file.bytes))
                .map(|file| format!("{} of task {index}", file.path)),
        );
    }
    let records = evidence.played.episodes.iter().filter(|episode| episode.shows_canary).count();
    let told = format!(
        "{} visible halves and {} records searched; {} files and {records} records hold one",
        evidence.tasks.len(),
        evidence.played.episodes.len(),
        shown.len()
    );
    Ok((Some(shown.is_empty() && records == 0), told))
}

async fn deterministic(evidence: &Evidence<'_>) -> Result<Found, LabError> {
    let (mut same, mut other, mut skipped) = (0, 0, "");
    for task in evidence.tasks.iter().take(AGAIN_MAX) {
        let origin = task.origin()?;
        if origin.spec.table.is_some() {
            skipped = "; a task of an own table is not made again";
        } else if origin.spec.salt != evidence.salt.id() {
            skipped = "; a task with another salt is not made again (--salt-file names it)";
        } else if again(evidence, task).await? {
            same += 1;
        } else {
            other += 1;
        }
    }
    let (mut verified, mut differing) = (0, 0);
    let records =
        evidence.played.episodes.iter().filter_map(|episode| Some((episode.task, episode.record.as_ref()?)));
    for (task, record) in records.take(AGAIN_MAX) {
        if is_same_verdict(evidence.environment, &evidence.tasks[task], record)? {
            verified += 1;
        } else {
            differing += 1;
        }
    }
    if same + other + verified + differing == 0 {
        return Ok((None, format!("nothing could be made or computed again{skipped}")));
    }
    let told = format!(
        "{same} of {} tasks came out alike, {verified} of {} verdicts{skipped}",
        same + other,
        verified + differing
    );
    Ok((Some(other + differing == 0), told))
}

/// Whether the job results that a record holds give its verdict again, bit for bit. A void has none to give.
fn is_same_verdict(environment: &dyn Environment, task: &TaskRef, record: &Record) -> Result<bool, LabError> {
    let Some(score) = record.verdict.score() else { return Ok(true) };
    let grader = graders::open(environment, task, task.brief()?.as_ref())?;
    let input = GradeInput {
        submission: record.submission.clone(),
        episode: record.episode.clone(),
        probes: record.probes,
        rulings: record.rulings.clone(),
    };
    let mut stored = record.job_results.iter();
    let again = drive(grader.grade(input), |jobs| {
        stored.next().filter(|batch| batch.len() == jobs.len()).cloned().ok_or(())
    });
    let text = |score: &Score| serde_json::to_string(score).expect("a score is plain data");
    Ok(again.is_ok_and(|again| text(&again) == text(score)))
}

/// Whether a task's spec makes the same task again.
async fn again(evidence: &Evidence<'_>, task: &TaskRef) -> Result<bool, LabError> {
    let (environment, bench) = (evidence.environment, evidence.bench.clone());
    let input = GenerateInput { spec: task.origin()?.spec, salt: evidence.salt.clone(), table: None };
    let handle = tokio::runtime::Handle::current();
    let made = tokio::task::spawn_blocking(move || -> Result<Generated, LabError> {
        Ok(drive(environment.generate(input), |jobs| bench.run_jobs(&handle, jobs))??)
    });
    let made = match made.await {
        Ok(made) => made?,
        Err(panic) => std::panic::resume_unwind(panic.into_panic()),
    };
    let failed = |error: std::io::Error| LabError::file("create", &std::env::temp_dir(), &error);
    let folder = tempfile::tempdir().map_err(failed)?;
    Ok(dataset::write(&made, &folder.path().join("task"))?.digest() == task.digest())
}

fn noise(evidence: &Evidence<'_>) -> Found {
    if evidence.reference().is_none_or(|rung| rung.reward_mean.is_none()) {
        return cannot(NO_REFERENCE);
    }
    let below = evidence.partial().map(|rung| evidence.above_reference(rung)).filter(|all| !all.is_empty());
    let gaps = below.map(|all| -all.iter().sum::<f64>() / all.len() as f64);
    let Some(gap) = gaps.reduce(f64::min) else { return cannot("there is no policy of partial skill here") };
    let rewards = |task: usize, rollout: u32| {
        evidence
            .episodes(|player| player.policy.kind() == PolicyKind::Reference && !player.is_blind)
            .find(|episode| episode.task == task && episode.rollout == rollout)
            .and_then(|episode| episode.reward)
    };
    let tasks = evidence.tasks.len();
    let squares: Vec<f64> =
        (0..tasks).filter_map(|task| Some((rewards(task, 0)? - rewards(task, 1)?).powi(2) / 2.0)).collect();
    if squares.is_empty() {
        return cannot("the reference was not graded twice on any task");
    }
    // What grading the same work again brings, and what drawing other tasks would.
    let rerun = (squares.iter().sum::<f64>() / squares.len() as f64).sqrt();
    let firsts: Vec<f64> = (0..tasks).filter_map(|task| rewards(task, 0)).collect();
    let error = mean_and_error(&firsts).map_or(0.0, |(_, error)| error);
    let noise = rerun.hypot(error);
    let told = format!("gap {gap:.3}, noise {noise:.4} (graded again {rerun:.4}, over tasks {error:.4})");
    (Some(gap > GAP_FACTOR * noise), told)
}

fn data(evidence: &Evidence<'_>) -> Found {
    let blind: Vec<&Episode> = evidence.episodes(|player| player.is_blind).collect();
    let Some(reference) = evidence.reference().and_then(|rung| rung.reward_mean) else {
        return cannot(NO_REFERENCE);
    };
    let rewards: Vec<f64> = blind.iter().filter_map(|episode| episode.reward).collect();
    if rewards.is_empty() {
        return cannot("it takes two tasks or more");
    }
    let mean = rewards.iter().sum::<f64>() / rewards.len() as f64;
    let passed = blind.iter().filter(|episode| episode.passed).count();
    let told = format!(
        "with another task's eyes: mean {mean:.3} of {reference:.3}, {passed} of {} passed",
        rewards.len()
    );
    let is_low = passed as f64 <= PARTIAL_MAX * rewards.len() as f64 && mean <= BLIND_MAX * reference;
    (Some(is_low), told)
}

fn seen(evidence: &Evidence<'_>) -> Found {
    let with_flags = || evidence.audit.cheats.iter().filter(|rung| !rung.expected.is_empty());
    let (mut caught, mut all) = (0, 0);
    let mut missed = Vec::new();
    for rung in with_flags() {
        let episodes = rung.episodes + rung.voids;
        (caught, all) = (caught + rung.caught, all + episodes);
        if (rung.caught as f64) < CAUGHT_MIN * episodes as f64 {
            missed.push(format!("{} {} of {episodes}", rung.policy, rung.caught));
        }
    }
    if all == 0 {
        return cannot("no cheat was played that raises a flag");
    }
    let mut told = format!("{caught} of {all} episodes of {} cheats", with_flags().count());
    if !missed.is_empty() {
        told = format!("{told}; missed: {}", missed.join(", "));
    }
    (Some(missed.is_empty()), told)
}

fn honest(evidence: &Evidence<'_>) -> Found {
    if evidence.reference().is_none() {
        return cannot(NO_REFERENCE);
    }
    let (mut episodes, mut told) = (0, Vec::new());
    let is_asked = |rung: &&Rung| matches!(rung.kind, "reference" | "honest");
    for rung in evidence.audit.ladder.iter().filter(is_asked) {
        episodes += rung.episodes + rung.voids;
        told.extend(rung.flags.iter().map(|(kind, count)| format!("{kind} {count} of {}", rung.policy)));
    }
    let flags = if told.is_empty() { "none".to_owned() } else { told.join(", ") };
    (Some(told.is_empty()), format!("{episodes} episodes, flags: {flags}"))
}
