//! Every way an episode ends, and that what lies there is graded.

use envy_core::{BoxFile, End, Reply};
use serde_json::json;

use crate::fakes::{Line, World, call, read, reward, submit};

fn write(content: &str) -> Line {
    call("write_file", json!({"path": "clean.py", "content": content}))
}

fn list() -> Line {
    call("list_files", json!({}))
}

#[tokio::test(start_paused = true)]
async fn a_valid_submission_ends_and_earns() {
    let outcome = World::new().play(vec![list(), submit("good")]).await;
    assert_eq!((outcome.end, reward(&outcome)), (End::Submitted, Some(1.0)));
    assert_eq!(outcome.submission.answer, json!({"note": "done"}));
    assert_eq!(outcome.submission.file("clean.py"), Some(b"good".as_slice()));
    assert_eq!(outcome.trajectory.turns.len(), 2);
    assert_eq!(outcome.trajectory.opening.len(), 2);
    assert_eq!(outcome.job_results.iter().map(Vec::len).collect::<Vec<_>>(), [2]);
}

#[tokio::test(start_paused = true)]
async fn an_invalid_submission_is_an_observation_and_the_first_valid_one_counts() {
    let world = World::new();
    let invalid = call("submit_answer", json!({"note": "too early"}));
    let outcome = world.play(vec![invalid, submit("good"), submit("bad")]).await;
    assert_eq!((outcome.end, reward(&outcome)), (End::Submitted, Some(1.0)));
    assert!(read(&outcome)[0].starts_with("not accepted: there is no clean.py."), "{}", read(&outcome)[0]);
    assert_eq!(outcome.trajectory.turns.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_final_answer_in_words_submits_where_the_format_has_one() {
    let say = |text: &str| Line::Says(Reply { text: text.to_owned(), ..Reply::default() }.into());
    let answer = "I end with FINAL ANSWER: later.\n\n**FINAL ANSWER:** line 3\nan off-by-one";
    let early = World::with_final_answer().play(vec![say(answer), write("good"), say(answer)]).await;
    assert_eq!((early.end, reward(&early)), (End::Submitted, Some(1.0)));
    assert_eq!(early.submission.answer, json!({"final_answer": "line 3\nan off-by-one"}));
    assert!(read(&early)[0].contains("not accepted: there is no clean.py"), "{}", read(&early)[0]);
    let cut = Reply { truncated: true, text: answer.to_owned(), ..Reply::default() };
    let cut =
        World::with_final_answer().play(vec![write("good"), Line::Says(cut.into()), submit("good")]).await;
    assert_eq!(cut.submission.answer, json!({"note": "done"}));
    let other = World::new().play(vec![write("good"), say(answer), say(answer)]).await;
    assert_eq!(other.end, End::GaveUp);
}

#[tokio::test(start_paused = true)]
async fn nothing_after_a_submission_is_run() {
    let late = submit("good").and(write("bad"));
    let outcome = World::new().play(vec![late]).await;
    assert_eq!(read(&outcome)[2], "not run: the episode is over");
    assert_eq!(reward(&outcome), Some(1.0));
}

#[tokio::test(start_paused = true)]
async fn the_turn_limit_grades_what_lies_there() {
    let world = World::with_limits(|limits| limits.turns_max = 2);
    let outcome = world.play(vec![write("good"), list(), submit("bad")]).await;
    assert_eq!((outcome.end, reward(&outcome)), (End::TurnLimit, Some(1.0)));
    assert!(outcome.submission.answer.is_null());
    let none = World::with_limits(|limits| limits.turns_max = 0).play(vec![submit("good")]).await;
    assert_eq!((none.end, reward(&none), none.trajectory.turns.len()), (End::TurnLimit, Some(0.0), 0));
}

#[tokio::test(start_paused = true)]
async fn the_token_and_cost_limits_count_every_reply() {
    let world = World::with_limits(|limits| limits.tokens_max = Some(100));
    let outcome = world.play(vec![write("good").costing(60, 0.0), list().costing(60, 0.0), list()]).await;
    assert_eq!((outcome.end, reward(&outcome)), (End::TokenLimit, Some(1.0)));
    let world = World::with_limits(|limits| limits.cost_max = Some(0.5));
    let outcome = world.play(vec![write("good").costing(1, 0.3), list().costing(1, 0.3), list()]).await;
    assert_eq!((outcome.end, reward(&outcome)), (End::CostLimit, Some(1.0)));
}

#[tokio::test(start_paused = true)]
async fn a_full_context_is_a_token_limit() {
    let outcome = World::new().play(vec![write("good"), Line::Overflows]).await;
    assert_eq!((outcome.end, reward(&outcome)), (End::TokenLimit, Some(1.0)));
}

#[tokio::test(start_paused = true)]
async fn the_time_limit_ends_a_thinking_model() {
    let world = World::with_limits(|limits| limits.wall_s = 10);
    let outcome = world.play(vec![write("good"), Line::Thinks(60_000), submit("bad")]).await;
    assert_eq!((outcome.end, reward(&outcome)), (End::TimeLimit, Some(1.0)));
    assert_eq!(outcome.trajectory.turns.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn the_time_limit_ends_a_program_and_runs_no_further_call() {
    let world = World::with_limits(|limits| limits.wall_s = 10);
    let long = write("good")
        .and(call("bash_exec", json!({"command": "sleep 50000"})))
        .and(call("write_file", json!({"path": "clean.py", "content": "bad"})));
    let outcome = world.play(vec![long]).await;
    assert_eq!((outcome.end, reward(&outcome)), (End::TimeLimit, Some(1.0)));
    assert!(read(&outcome)[1].starts_with("stopped at the time limit"), "{}", read(&outcome)[1]);
    assert_eq!(read(&outcome)[2], "not run: the episode is over");
    assert_eq!(outcome.trajectory.turns[0].tools_ms, 10_000);
}

#[tokio::test(start_paused = true)]
async fn a_silent_model_is_reminded_once_then_it_gave_up() {
    let outcome = World::new().play(vec![write("good"), Line::silence(), Line::silence(), submit("x")]).await;
    assert_eq!((outcome.end, reward(&outcome)), (End::GaveUp, Some(1.0)));
    let turns = &outcome.trajectory.turns;
    assert!(turns[1].observations[0].text.starts_with("[your reply had no tool call: call a tool"));
    assert!(turns[1].observations[0].call.is_empty());
    assert!(turns[2].observations.is_empty());
    let outcome = World::new().play(vec![Line::silence(), list(), Line::silence(), submit("good")]).await;
    assert_eq!(outcome.end, End::Submitted, "a call in between starts the count again");
}

#[tokio::test(start_paused = true)]
async fn a_cut_reply_is_told_so_and_a_refusal_gives_up_at_once() {
    let cut = Line::Says(Reply { truncated: true, ..Reply::default() }.into());
    let outcome = World::new().play(vec![cut, submit("good")]).await;
    assert!(read(&outcome)[0].contains("cut at its token limit"), "{}", read(&outcome)[0]);
    assert_eq!(outcome.end, End::Submitted);
    let refusal = Line::Says(Reply { refused: true, ..Reply::default() }.into());
    let outcome = World::new().play(vec![refusal, submit("good")]).await;
    assert_eq!((outcome.end, reward(&outcome)), (End::GaveUp, Some(0.0)));
}

#[tokio::test(start_paused = true)]
async fn doing_nothing_costs_no_box_and_earns_nothing() {
    let world = World::new();
    let outcome = world.play(vec![]).await;
    assert_eq!((outcome.end, reward(&outcome)), (End::GaveUp, Some(0.0)));
    assert_eq!(world.sandbox.opened(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_submission_of_the_files_as_given_opens_boxes_only_to_grade() {
    let world = World::with_files(vec![BoxFile::new("clean.py", "good")]);
    let outcome = world.play(vec![call("submit_answer", json!({"note": "as it was"}))]).await;
    assert_eq!((outcome.end, reward(&outcome)), (End::Submitted, Some(1.0)));
    assert_eq!(world.sandbox.opened(), 2, "the two grading jobs");
}

#[tokio::test(start_paused = true)]
async fn every_job_has_a_box_of_its_own_and_every_box_is_given_back() {
    let world = World::new();
    let probe = call("eval_model", json!({}));
    let outcome = world.play(vec![write("good"), probe.clone(), probe, submit("good")]).await;
    assert_eq!(outcome.probes, 2);
    assert_eq!(world.sandbox.opened(), 1 + 2 + 2, "the agent's, two probes, two grading jobs");
    assert_eq!(world.sandbox.live(), 0);
}
