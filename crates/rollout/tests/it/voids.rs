//! Every fault is a void that names whose it is, and never a score.

use envy_core::{End, FaultKind, Verdict};
use envy_rollout::Outcome;
use serde_json::json;

use crate::fakes::{Failing, HostTrouble, Line, Trouble, World, call, read, submit};

fn check(outcome: &Outcome, kind: FaultKind, words: &str) {
    match &outcome.verdict {
        Verdict::Void(fault) => {
            assert_eq!(fault.kind, kind, "{fault:?}");
            assert!(fault.detail.contains(words), "{fault:?}");
        }
        Verdict::Graded(score) => panic!("a score of {} where {kind:?} failed", score.reward),
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_cannot_open_a_box_is_a_sandbox_fault() {
    for (opens_before, played) in [(1, "the agent's box"), (2, "the first job's box"), (3, "the second's")] {
        let world = World::with_host(HostTrouble { opens_before, ..HostTrouble::default() });
        let outcome = world.play(vec![submit("good")]).await;
        check(&outcome, FaultKind::Sandbox, "no namespaces (hint: set sysctl x)");
        let end = if opens_before == 1 { End::Fault } else { End::Submitted };
        assert_eq!(outcome.end, end, "{played}");
        assert!(outcome.retry);
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_that_fails_under_a_tool_or_a_probe_is_a_sandbox_fault_the_agent_learns_nothing_of() {
    let play = |fails_every, line: Line| async move {
        let world =
            World::with_host(HostTrouble { failing: Failing::Every(fails_every), ..HostTrouble::default() });
        world.play(vec![line]).await
    };
    for (fails_every, line) in [
        (2, call("bash_exec", json!({"command": "print hi"}))),
        (2, call("read_file", json!({"path": "train.csv"}))),
        (1, call("eval_model", json!({}))),
    ] {
        let outcome = play(fails_every, line).await;
        check(&outcome, FaultKind::Sandbox, "host detail");
        assert_eq!(outcome.end, End::Fault);
        assert_eq!(read(&outcome), ["the episode was broken off by a fault that is not yours"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_fails_is_a_provider_fault() {
    let outcome = World::new().play(vec![Line::Fails, submit("good")]).await;
    check(&outcome, FaultKind::Provider, "529 overloaded");
    assert_eq!((outcome.end, outcome.retry), (End::Fault, true));
    let outcome = World::new().play(vec![submit("").clone(), Line::Fails]).await;
    assert!(outcome.verdict.score().is_some(), "a service that is no longer needed may fail");
}

#[tokio::test(start_paused = true)]
async fn an_unusable_model_is_not_tried_again() {
    for lines in [vec![Line::Unusable], vec![call("list_files", json!({})), Line::Unusable]] {
        let outcome = World::new().play(lines).await;
        check(&outcome, FaultKind::Provider, "key");
        assert!(!outcome.retry);
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_an_adapter_is_a_provider_fault() {
    let outcome = World::new().play(vec![Line::Panics]).await;
    check(&outcome, FaultKind::Provider, "panicked: adapter out of range");
}

#[tokio::test(start_paused = true)]
async fn a_task_that_cannot_be_opened_is_its_own_fault() {
    let world = World::with_trouble(Trouble::Open(FaultKind::Task));
    check(&world.play(vec![]).await, FaultKind::Task, "hidden half is gone");
    check(&world.play(vec![submit("good")]).await, FaultKind::Task, "hidden half is gone");
    check(&world.play(vec![call("eval_model", json!({}))]).await, FaultKind::Task, "hidden half is gone");
}

#[tokio::test(start_paused = true)]
async fn a_grader_that_panics_is_a_grader_fault_wherever_it_does() {
    for (trouble, words) in [
        (Trouble::CheckPanics, "the check fell over"),
        (Trouble::ProbePanics, "the probe fell over"),
        (Trouble::GradePanics, "the grade fell over"),
        (Trouble::GradePanicsLate, "the grade fell over late"),
    ] {
        let world = World::with_trouble(trouble);
        let outcome = world.play(vec![call("eval_model", json!({})), submit("good")]).await;
        check(&outcome, FaultKind::Grader, words);
        assert_eq!(world.sandbox.live(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn an_impossible_score_is_a_grader_fault() {
    let outcome = World::with_trouble(Trouble::RewardOfTwo).play(vec![submit("good")]).await;
    check(&outcome, FaultKind::Grader, "a reward of 2");
    assert_eq!(outcome.job_results.len(), 1, "the operator can look at what was graded");
}

#[tokio::test(start_paused = true)]
async fn what_a_box_refuses_to_a_job_is_graded_as_found() {
    let world = World::new();
    // The agent's own bytes fill a job's disk: were that a void, it could be bought.
    let runner = world.runner();
    let mut job = world.small_job();
    job.limits.disk_bytes = 3;
    let results = runner.run_jobs(vec![job]).await.unwrap();
    assert_eq!(results[0].bytes("out.txt"), None);
    assert!(results[0].stderr_tail.contains("disk limit"));
}

#[tokio::test(start_paused = true)]
async fn a_program_that_cannot_be_started_for_a_job_is_a_sandbox_fault() {
    let world = World::new();
    let mut job = world.small_job();
    job.argv = vec!["no-such-program".to_owned()];
    let fault = world.runner().run_jobs(vec![job]).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Sandbox);
    assert!(fault.detail.contains("could not be started: no-such-program"), "{fault:?}");
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_sandbox_under_a_job_is_a_sandbox_fault() {
    let world = World::with_host(HostTrouble { panics: true, ..HostTrouble::default() });
    let fault = world.runner().run_jobs(vec![world.small_job()]).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Sandbox);
    assert!(fault.detail.contains("the box is on fire"), "{fault:?}");
}
