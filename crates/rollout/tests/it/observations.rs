//! What the agent reads: an agent's mistake is an observation that says what to do, never the end of anything.

use std::sync::{Arc, Mutex};

use envy_core::{BoxFile, End, Reply, ToolCall};
use envy_rollout::{Episode, Observer, Step};
use serde_json::{Value, json};

use crate::fakes::{Line, World, call, read, reward, submit};

/// What the agent reads when it makes this one call.
async fn told(name: &str, arguments: Value) -> (String, bool) {
    let outcome = World::new().play(vec![call(name, arguments)]).await;
    let observation = &outcome.trajectory.turns[0].observations[0];
    (observation.text.clone(), observation.is_error)
}

async fn check_mistakes(cases: Vec<(&str, Value, &str)>) {
    for (name, arguments, words) in cases {
        let (text, is_error) = told(name, arguments.clone()).await;
        assert!(is_error && text.contains(words), "{name} {arguments}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_tools_and_bad_arguments_name_the_way_out() {
    check_mistakes(vec![
        ("read", json!({}), "there is no tool \"read\"; the tools are bash_exec, eval_model, list_files"),
        ("read_file", json!({}), "\"path\" is missing"),
        ("read_file", json!("{\"path\": "), "the arguments are not valid JSON"),
        ("read_file", json!({"path": "x", "lines": 3}), "there is no argument \"lines\""),
        ("bash_exec", json!({"command": "x", "timeout": 9_999}), "\"timeout\" must be at most 600"),
        ("submit_answer", json!({"node": "x"}), "did you mean \"note\"?"),
        ("submit_answer", json!({}), "\"note\" is missing"),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn paths_stay_beneath_the_work_directory() {
    check_mistakes(vec![
        ("read_file", json!({"path": "../secret"}), "contains \"..\""),
        ("read_file", json!({"path": "/etc/passwd"}), "outside the work directory"),
        ("write_file", json!({"path": "/tmp/x", "content": ""}), "outside the work directory"),
        ("list_files", json!({"path": "/"}), "outside the work directory"),
        ("run_python", json!({"script_path": "a/../../b.py"}), "contains \"..\""),
        ("bash_exec", json!({"command": "x", "cwd": "/root"}), "outside the work directory"),
    ])
    .await;
    let (text, is_error) = told("read_file", json!({"path": "/work/train.csv"})).await;
    assert_eq!((text.as_str(), is_error), ("a,b\n1,2\n", false));
}

#[tokio::test(start_paused = true)]
async fn missing_things_are_named() {
    check_mistakes(vec![
        ("read_file", json!({"path": "nothing.csv"}), "there is no file nothing.csv; list_files shows"),
        ("list_files", json!({"path": "nowhere"}), "there is no folder nowhere"),
        (
            "run_python",
            json!({"script_path": "nothing.py"}),
            "there is no script nothing.py; write_file makes it",
        ),
        ("run_python", json!({"script_path": "trian.csv"}), "did you mean \"train.csv\"?"),
    ])
    .await;
}

#[tokio::test(start_paused = true)]
async fn programs_answer_their_exit_and_both_streams() {
    let bash = async |command: &str| told("bash_exec", json!({"command": command, "timeout": 5})).await;
    assert_eq!(bash("print hello world").await, ("exit code: 0\nstdout:\nhello world".to_owned(), false));
    assert_eq!(
        bash("print a b;complain c d;exit 3").await,
        ("exit code: 3\nstdout:\na b\nstderr:\nc d".to_owned(), true)
    );
    let (text, is_error) = bash("sleep 5001").await;
    assert!(
        is_error && text.starts_with("stopped at the time limit of 5 s; give a longer timeout"),
        "{text}"
    );
    let script = call("write_file", json!({"path": "a/b.py", "content": "print from script"}))
        .and(call("run_python", json!({"script_path": "a/b.py"})))
        .and(call("run_python", json!({"script_path": "a"})));
    let outcome = World::new().play(vec![script]).await;
    assert_eq!(read(&outcome)[1], "exit code: 0\nstdout:\nfrom script");
    assert_eq!(read(&outcome)[2], "a is a folder; name the script in it");
}

#[tokio::test(start_paused = true)]
async fn an_observation_is_cut_to_its_cap_and_says_so() {
    let world = World::with_limits(|limits| limits.observation_bytes_max = 1_000);
    let outcome = world.play(vec![call("bash_exec", json!({"command": "spam 90000"}))]).await;
    let text = read(&outcome)[0];
    assert!(text.len() < 1_100, "{}", text.len());
    assert!(text.starts_with("exit code: 0\nstdout:\n0\n1\n"), "{text}");
    assert!(text.contains("bytes cut from the middle"), "{text}");
    assert!(text.ends_with("print less, or write to a file]"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn files_that_cannot_be_shown_or_written_say_why() {
    let big = "x".repeat((1 << 20) + 1);
    let (text, is_error) = told("write_file", json!({"path": "x", "content": big})).await;
    assert!(is_error && text.contains("at most 1048576"), "{text}");
    let world = World::with_files(vec![BoxFile::new("train.csv", [0xff, 0xfe])]);
    let outcome = world.play(vec![call("read_file", json!({"path": "train.csv"}))]).await;
    assert_eq!(read(&outcome)[0], "train.csv is not text (2 bytes); use a script to look at it");
}

#[tokio::test(start_paused = true)]
async fn only_so_many_calls_of_one_reply_are_run() {
    let many = (0..40).fold(Line::Calls(vec![]), |calls, _| calls.and(call("list_files", json!({}))));
    let outcome = World::new().play(vec![many]).await;
    let run = read(&outcome).iter().filter(|text| **text == "train.csv").count();
    assert_eq!((run, read(&outcome).len()), (32, 41), "40 calls, then the reminder of silence");
    assert!(read(&outcome)[32].starts_with("not run: at most 32 calls"));
}

#[tokio::test(start_paused = true)]
async fn an_episode_that_is_over_stays_as_it_is() {
    let mut episode = Episode::start(World::new().start());
    let say = |line: Line| match line {
        Line::Calls(calls) => Reply { calls, ..Reply::default() },
        _ => Reply::default(),
    };
    assert_eq!(episode.step(say(submit("good"))).await.done, Some(End::Submitted));
    let late = episode.step(say(submit("bad"))).await;
    assert_eq!((late.observations.len(), late.done), (0, Some(End::Submitted)));
    episode.expire();
    episode.give_up();
    let outcome = episode.finish().await;
    assert_eq!(
        (outcome.end, reward(&outcome), outcome.trajectory.turns.len()),
        (End::Submitted, Some(1.0), 1)
    );
}

#[tokio::test(start_paused = true)]
async fn another_driver_that_leaves_early_gave_up() {
    let mut episode = Episode::start(World::new().start());
    let calls = vec![ToolCall { id: "1".to_owned(), name: "list_files".to_owned(), arguments: Value::Null }];
    let step = episode.step(Reply { calls, ..Reply::default() }).await;
    assert_eq!((step.observations[0].text.as_str(), step.done), ("train.csv", None));
    assert_eq!(episode.finish().await.end, End::GaveUp);
}

#[tokio::test(start_paused = true)]
async fn an_observer_sees_each_turn_as_it_happens() {
    #[derive(Default)]
    struct Seen(Mutex<Vec<(u32, usize, usize, bool)>>);
    impl Observer for Seen {
        fn turn(&self, number: u32, reply: &Reply, step: &Step<'_>) {
            let one = (number, reply.calls.len(), step.observations.len(), step.reminder.is_some());
            self.0.lock().unwrap().push(one);
        }
    }
    let seen = Arc::new(Seen::default());
    let mut start = World::new().start();
    start.observer = Some(Arc::clone(&seen) as _);
    let model = crate::fakes::Scripted::new(vec![Line::silence(), submit("good")]);
    envy_rollout::play(start, Arc::new(model)).await;
    assert_eq!(*seen.0.lock().unwrap(), [(1, 0, 0, true), (2, 2, 2, false)]);
}
