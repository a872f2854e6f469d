//! Many episodes at once: bounded, each delivered once, void ones tried again, all of it cancellable.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use envy_core::{Fault, FaultKind, Model, Verdict};
use envy_rollout::{Cancel, Finished, Launch, Schedule, Slots, Tally};
use serde_json::json;

use crate::fakes::{Failing, HostTrouble, Line, Scripted, World, call, reward, submit};

/// What one schedule brought: its tally, and how often each key was delivered and with which reward.
struct Played {
    tally: Tally,
    rewards: BTreeMap<usize, Vec<Option<f64>>>,
    order: Vec<usize>,
}

async fn run(
    schedule: Schedule,
    count: usize,
    world: World,
    model: impl Fn(usize) -> Arc<dyn Model> + Send + Sync + 'static,
) -> Played {
    let mut rewards: BTreeMap<usize, Vec<Option<f64>>> = BTreeMap::new();
    let mut order = Vec::new();
    let launch = move |key: &usize| Ok(Launch { start: world.start(), model: model(*key) });
    let tally = schedule
        .run(0..count, launch, |done: Finished<usize>| {
            order.push(done.key);
            rewards.entry(done.key).or_default().push(reward(&done.outcome));
        })
        .await;
    Played { tally, rewards, order }
}

fn schedule(concurrency: usize) -> Schedule {
    Schedule { retry_pause: Duration::from_millis(1), ..Schedule::new(concurrency, Cancel::new()) }
}

fn script() -> Vec<Line> {
    let probe = call("eval_model", json!({}));
    vec![
        call("list_files", json!({})),
        call("bash_exec", json!({"command": "sleep 5"})),
        probe,
        submit("good"),
    ]
}

/// A model that notes how many of its conversations are open at once.
#[derive(Default)]
struct Live {
    now: AtomicU64,
    peak: AtomicU64,
}

#[tokio::test(start_paused = true)]
async fn two_hundred_episodes_at_once_are_each_delivered_once() {
    let world = World { slots: Slots::new(3), ..World::new() };
    let sandbox = Arc::clone(&world.sandbox);
    let played = run(schedule(200), 200, world, |_| Arc::new(Scripted::new(script()))).await;
    assert_eq!(played.tally, Tally { graded: 200, ..Tally::default() });
    assert!(played.rewards.values().all(|rewards| rewards == &[Some(1.0)]));
    assert_eq!(played.rewards.len(), 200);
    // Three of the agents' programs and jobs together: the slots are one for both.
    assert!(sandbox.programs_peak() <= 3, "{}", sandbox.programs_peak());
    assert_eq!((sandbox.opened(), sandbox.live()), (200 * 4, 0));
}

/// Plays 200 episodes while the host and the model fail, and checks the books.
async fn check_books(failing: Failing) -> Tally {
    let world = World::with_host(HostTrouble { failing, ..HostTrouble::default() });
    let boxes = Arc::clone(&world.sandbox);
    let model = Arc::new(Scripted::failing(script(), failing));
    let Played { tally, rewards, .. } = run(schedule(50), 200, world, move |_| Arc::clone(&model) as _).await;
    assert_eq!(rewards.len(), 200, "nothing is lost");
    assert!(rewards.values().all(|rewards| rewards.len() == 1), "nothing is counted twice");
    let scores = rewards.values().filter_map(|rewards| rewards[0]).collect::<Vec<f64>>();
    assert_eq!((tally.graded, tally.void), (scores.len(), 200 - scores.len()));
    assert!(scores.iter().all(|reward| *reward == 1.0), "no fault became a lower score");
    assert!(tally.retried >= 2 * tally.void, "{tally:?}");
    assert_eq!(boxes.live(), 0);
    tally
}

#[tokio::test(start_paused = true)]
async fn nothing_is_lost_or_counted_twice_when_every_tenth_call_fails() {
    let tally = check_books(Failing::Every(10)).await;
    assert!(tally.graded > 0 && tally.void > 0, "{tally:?}");
}

#[tokio::test(start_paused = true)]
async fn nor_when_they_fail_by_chance() {
    for seed in 0..5 {
        for p in [0.01, 0.1, 1.0] {
            let tally = check_books(Failing::Seeded(seed, p)).await;
            assert_eq!(tally.graded == 0, p == 1.0, "{tally:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_void_is_tried_three_times_and_an_unusable_model_once() {
    let failing = Arc::new(Scripted::new(vec![Line::Fails]));
    let model = Arc::clone(&failing);
    let played = run(schedule(1), 2, World::new(), move |_| Arc::clone(&model) as _).await;
    assert_eq!(played.tally, Tally { void: 2, retried: 4, ..Tally::default() });
    assert_eq!(failing.replies(), 6);
    let played = run(schedule(1), 2, World::new(), |_| Arc::new(Scripted::new(vec![Line::Unusable]))).await;
    assert_eq!(played.tally, Tally { void: 2, ..Tally::default() });
}

#[tokio::test(start_paused = true)]
async fn the_faults_of_earlier_tries_are_handed_over() {
    let tries = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&tries);
    let world = World::new();
    let launch = move |_: &u8| match counter.fetch_add(1, SeqCst) {
        0 => Err(Fault::new(FaultKind::Task, "the folder was edited")),
        1 => Ok(Launch { start: world.start(), model: Arc::new(Scripted::new(vec![Line::Panics])) }),
        _ => Ok(Launch { start: world.start(), model: Arc::new(Scripted::new(vec![submit("good")])) }),
    };
    let mut done = Vec::new();
    let tally = schedule(1).run([0], launch, |one| done.push(one)).await;
    assert_eq!(tally, Tally { graded: 1, retried: 2, ..Tally::default() });
    let kinds: Vec<FaultKind> = done[0].earlier.iter().map(|fault| fault.kind).collect();
    assert_eq!(kinds, [FaultKind::Task, FaultKind::Provider]);
}

#[tokio::test(start_paused = true)]
async fn a_launch_that_panics_is_a_void_and_costs_no_other_episode() {
    let world = World::new();
    let launch = move |key: &usize| {
        assert_ne!(*key, 1, "no such folder");
        Ok(Launch { start: world.start(), model: Arc::new(Scripted::new(vec![submit("good")])) })
    };
    let mut verdicts = BTreeMap::new();
    schedule(2)
        .run(0..3, launch, |one: Finished<usize>| drop(verdicts.insert(one.key, one.outcome.verdict)))
        .await;
    assert!(matches!(&verdicts[&1], Verdict::Void(fault) if fault.detail.contains("no such folder")));
    assert!(verdicts[&0].score().is_some() && verdicts[&2].score().is_some());
}

impl Model for Live {
    fn name(&self) -> &'static str {
        "test/live"
    }

    fn open(
        &self,
        opening: &envy_core::Opening<'_>,
    ) -> Result<Box<dyn envy_core::Chat>, envy_core::ModelError> {
        self.peak.fetch_max(self.now.fetch_add(1, SeqCst) + 1, SeqCst);
        Scripted::new(vec![Line::Thinks(100), submit("good")]).open(opening)
    }
}

#[tokio::test(start_paused = true)]
async fn no_more_episodes_fly_than_allowed_and_one_is_sequential() {
    for concurrency in [1, 7] {
        let live = Arc::new(Live::default());
        let (model, counter) = (Arc::clone(&live), Arc::clone(&live));
        let world = World::new();
        let launch = move |_: &usize| Ok(Launch { start: world.start(), model: Arc::clone(&model) as _ });
        let mut order = Vec::new();
        let finished = |one: Finished<usize>| {
            counter.now.fetch_sub(1, SeqCst);
            order.push(one.key);
        };
        schedule(concurrency).run(0..21, launch, finished).await;
        assert_eq!(live.peak.load(SeqCst), concurrency as u64);
        if concurrency == 1 {
            assert!(order.iter().copied().eq(0..21), "{order:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn episodes_are_handed_over_as_they_finish() {
    let slow_first =
        |key: usize| Arc::new(Scripted::new(vec![Line::Thinks(1_000 - key as u64), submit("good")]));
    let played = run(schedule(8), 8, World::new(), move |key| slow_first(key)).await;
    assert!(played.order.iter().copied().eq((0..8).rev()), "{:?}", played.order);
}

#[tokio::test(start_paused = true)]
async fn a_cancel_drops_what_flies_and_keeps_what_landed() {
    let cancel = Cancel::new();
    let schedule = Schedule::new(10, cancel.clone());
    let world = World::new();
    let sandbox = Arc::clone(&world.sandbox);
    let launch = move |key: &usize| {
        let slow = vec![call("list_files", json!({})), Line::Thinks(1_000_000), submit("good")];
        let lines = if *key < 5 { vec![submit("good")] } else { slow };
        Ok(Launch { start: world.start(), model: Arc::new(Scripted::new(lines)) })
    };
    let mut landed = Vec::new();
    let finished = |one: Finished<usize>| landed.push(one.key);
    let thrower = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        cancel.cancel();
    };
    let (tally, ()) = tokio::join!(schedule.run(0..40, launch, finished), thrower);
    assert_eq!(tally, Tally { graded: 5, dropped: 10, left: 25, ..Tally::default() });
    landed.sort_unstable();
    assert_eq!(landed, [0, 1, 2, 3, 4]);
    assert_eq!(sandbox.live(), 0, "a dropped episode gives its box back");
    let Played { tally, .. } = run(schedule, 3, World::new(), |_| Arc::new(Scripted::new(vec![]))).await;
    assert_eq!(tally, Tally { left: 3, ..Tally::default() }, "a thrown switch stays thrown");
}

#[tokio::test]
async fn a_grader_that_computes_long_holds_up_nobody() {
    let runner = World::new().runner();
    let (start, gate) = std::sync::mpsc::channel();
    let busy = tokio::spawn(async move { runner.compute(FaultKind::Grader, move || gate.recv()).await });
    // One asynchronous thread: were the computation on it, this line would never be reached.
    tokio::task::yield_now().await;
    start.send(()).unwrap();
    assert_eq!(busy.await.unwrap().unwrap(), Ok(()));
}
