//! Budgets of a submission and of `eval_model`, and the reminders when something runs low.

use envy_core::{End, JobLimits};
use envy_rollout::{SUBMISSION_FILES_MAX, Slots};
use serde_json::json;

use crate::fakes::{Line, World, call, read, reward, submit};

fn bash(command: &str) -> Line {
    call("bash_exec", json!({"command": command}))
}

#[tokio::test(start_paused = true)]
async fn the_budget_of_probes_holds_and_the_ladder_is_kept() {
    let world = World::with_limits(|limits| limits.probes_max = 2);
    let probe = call("eval_model", json!({}));
    let write = call("write_file", json!({"path": "clean.py", "content": "good"}));
    let outcome = world.play(vec![probe.clone(), write, probe.clone(), probe, submit("good")]).await;
    let seen = read(&outcome);
    assert_eq!(seen[0], "score 0.0, rung 0\n[1 of 2 uses of eval_model left]");
    assert_eq!(seen[2], "score 1.0, rung 1\n[0 of 2 uses of eval_model left]");
    assert_eq!(seen[3], "no uses of eval_model are left (2 of 2 used)");
    assert_eq!((outcome.probes, outcome.end), (2, End::Submitted));
    assert_eq!(outcome.verdict.score().unwrap().metrics["probes"], 2.0);
    assert_eq!(outcome.job_results.len(), 1, "probes leave no results in the record of the grade");
}

/// The time of an answer tells nothing: good and bad work are answered after the same whole step, an answer without a
/// run at once.
#[tokio::test(start_paused = true)]
async fn a_probe_is_answered_after_the_same_time_whatever_the_answer() {
    let write = |content: &str| call("write_file", json!({"path": "clean.py", "content": content}));
    let probe = call("eval_model", json!({}));
    let outcome =
        World::new().play(vec![write("good"), probe.clone(), write("bad"), probe, submit("good")]).await;
    let took: Vec<u64> = [1, 3].iter().map(|turn| outcome.trajectory.turns[*turn].tools_ms).collect();
    // The fake program takes no time, the answer a whole step; timers round up to a millisecond.
    assert_eq!(took[0], took[1], "{:?}", read(&outcome));
    assert!((1_000..=1_001).contains(&took[0]), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_submission_over_a_cap_is_refused_while_the_agent_can_mend_it() {
    for (command, words) in [
        ("flood 80", "is one file too many"),
        ("grow notes.txt 1048577", "notes.txt holds more than 1048576 bytes"),
        (
            "grow a.txt 1048576;grow b.txt 1048576;grow c.txt 1048576;grow d.txt 1048576",
            "brings the files over",
        ),
        ("flood 10001", "more than 10000 files to look at"),
    ] {
        let mend = bash("write clean.py good");
        let lines = vec![mend, bash(command), call("submit_answer", json!({"note": "x"}))];
        let outcome = World::new().play(lines).await;
        assert!(read(&outcome)[2].starts_with("the files cannot be taken: "), "{}", read(&outcome)[2]);
        assert!(read(&outcome)[2].contains(words), "{command}: {}", read(&outcome)[2]);
        // The model says no more, so what fits is taken: the pattern that comes first is never crowded out.
        assert_eq!((outcome.end, reward(&outcome)), (End::GaveUp, Some(1.0)), "{command}");
        assert!(outcome.left_out.iter().any(|line| line.contains(words)), "{:?}", outcome.left_out);
        assert!(outcome.submission.files.len() <= SUBMISSION_FILES_MAX);
    }
}

#[tokio::test(start_paused = true)]
async fn a_probe_over_a_cap_costs_no_use() {
    let outcome = World::new().play(vec![bash("flood 80"), call("eval_model", json!({}))]).await;
    assert!(read(&outcome)[1].starts_with("the files cannot be taken"));
    assert_eq!(outcome.probes, 0);
}

#[tokio::test(start_paused = true)]
async fn only_the_files_that_the_patterns_name_are_taken_sorted_by_path() {
    let command =
        "write src/deep/x.py 1;write notes.txt 2;write logs/a.txt 3;write clean.py good;write other.py 4";
    let outcome = World::new().play(vec![bash(command)]).await;
    let paths: Vec<&str> = outcome.submission.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["clean.py", "notes.txt", "src/deep/x.py"]);
}

#[tokio::test(start_paused = true)]
async fn reminders_come_while_there_is_something_left_to_do() {
    let world = World::with_limits(|limits| limits.turns_max = 5);
    let list = call("list_files", json!({}));
    let outcome = world.play(vec![list.clone(), list.clone(), list.clone(), Line::silence(), list]).await;
    let seen = read(&outcome);
    assert_eq!(seen[0], "train.csv");
    assert_eq!(
        seen[1],
        "train.csv\n[3 turns left; call submit_answer in time, else your files are taken as they stand]"
    );
    assert!(seen[3].contains("no tool call") && seen[3].contains("[1 turn left;"), "{}", seen[3]);
    assert_eq!(seen[4], "train.csv", "nothing is left to do");
    assert_eq!(outcome.end, End::TurnLimit);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_slot_is_charged_to_nobody() {
    let mut world = World::with_limits(|limits| limits.wall_s = 10);
    world.slots = Slots::new(1);
    let play = |world: World| async move { world.play(vec![bash("sleep 6000"), submit("good")]).await };
    let (first, second) = tokio::join!(play(world.clone()), play(world.clone()));
    assert_eq!((first.end, second.end), (End::Submitted, End::Submitted));
    assert_eq!(world.sandbox.programs_peak(), 1);
    assert!(second.wall_ms >= 12_000, "the second program waited for the first");
}

#[tokio::test(start_paused = true)]
async fn a_job_gets_the_limits_it_asks_for() {
    let world = World::new();
    let mut job = world.small_job();
    job.limits = JobLimits { wall_ms: 5, ..JobLimits::standard() };
    job.files.last_mut().unwrap().bytes = b"sleep 6;write out.txt ran".to_vec();
    let results = world.runner().run_jobs(vec![job, world.small_job()]).await.unwrap();
    assert_eq!(results[0].bytes("out.txt"), None);
    assert_eq!(results[1].bytes("out.txt"), Some(b"ran".as_slice()), "in the order of the jobs");
}
