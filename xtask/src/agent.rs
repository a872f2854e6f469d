//! A real agent plays one episode over `envy mcp`: Claude Code from the npm registry, its model a script. What is asserted
//! is the protocol: the agent reads the task, its tools work, and the host has the verdict that a run would have given.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::shell;

/// The agent, by its pin.
const PACKAGE: &str = "@anthropic-ai/claude-code@2.1.329";

/// What the agent is asked for; its model does what the script says.
const PROMPT: &str = "Read the resource envy://task of the server envy, and play it.";

/// The tools that it may use unasked.
const ALLOWED: &str = "mcp__envy__*,ReadMcpResourceTool";

/// Nothing but its model is called, and the server's tools are offered from the first request on.
const QUIET: &[(&str, &str)] = &[
    ("ANTHROPIC_API_KEY", "none"),
    ("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1"),
    ("DISABLE_AUTOUPDATER", "1"),
    ("ENABLE_TOOL_SEARCH", "false"),
    ("MCP_CONNECTION_NONBLOCKING", "0"),
    ("MCP_TIMEOUT", "60000"),
    ("MCP_TOOL_TIMEOUT", "120000"),
];

/// Lets the agent play, and looks at what it read and at what the host has.
pub(crate) fn run() -> Result<()> {
    let Some(agent) = installed() else {
        shell::say(&format!("SKIPPED: needs npm and {PACKAGE} from its registry"));
        return Ok(());
    };
    shell::run("cargo", &["build", "--quiet", "--package", "envy"])?;
    let folder = shell::cache().context("there is no cache folder")?.join("xtask/agent-home");
    // What an earlier run left; there is none the first time.
    let _ = std::fs::remove_dir_all(&folder);
    let work = folder.join("work");
    std::fs::create_dir_all(&work)?;
    let envy = Envy { program: shell::target().join("debug/envy"), home: folder.join("home") };
    let (solution, reward) = envy.solution()?;
    std::fs::write(folder.join("clean.py"), solution)?;
    let servers = json!({"mcpServers": {"envy": {
        "type": "stdio", "command": envy.program, "args": ["mcp", "--dataset", "cleaning"],
        "env": {"ENVY_HOME": envy.home, "ENVY_CACHE_DIR": shell::cache()}, "alwaysLoad": true,
    }}});
    std::fs::write(folder.join("mcp.json"), servers.to_string())?;
    let mut model = Model::start(&folder.join("clean.py"))?;
    let start = Instant::now();
    let config = folder.join("mcp.json").display().to_string();
    let words = ["-p", PROMPT, "--mcp-config", &config, "--strict-mcp-config", "--allowedTools", ALLOWED];
    let mut command = shell::command(&agent.display().to_string(), &words);
    command.args(["--model", "scripted", "--output-format", "json"]).current_dir(&work).stdin(Stdio::null());
    command.env("HOME", &folder).env("ANTHROPIC_BASE_URL", &model.url).envs(QUIET.iter().copied());
    let told = command.output().context("cannot start the agent")?;
    let told: Value = serde_json::from_slice(&told.stdout).context("the agent printed no JSON")?;
    ensure!(told["is_error"] == false && told["result"] == "Done.", "the agent failed: {told}");
    check(&model.seen()?, &envy, &reward)?;
    shell::say(&format!(
        "== {PACKAGE} played to the reward {reward}, {:.0} s",
        start.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// The agent's program, installed once into the cache.
fn installed() -> Option<PathBuf> {
    let folder = shell::cache()?.join("xtask/agent");
    let program = folder.join("node_modules/.bin/claude");
    let version = PACKAGE.rsplit_once('@')?.1;
    let is_there = || {
        let told = shell::output(&program.display().to_string(), &["--version"]);
        told.is_ok_and(|told| told.starts_with(version))
    };
    if program.exists() && is_there() {
        return Some(program);
    }
    std::fs::create_dir_all(&folder).ok()?;
    let place = folder.display().to_string();
    let install = ["install", "--no-audit", "--no-fund", "--loglevel", "error", "--prefix", &place, PACKAGE];
    (shell::run("npm", &install).is_ok() && is_there()).then_some(program)
}

/// The envy under test with a home of its own.
struct Envy {
    program: PathBuf,
    home: PathBuf,
}

impl Envy {
    fn json(&self, words: &str) -> Result<Value> {
        let words: Vec<&str> = words.split_whitespace().collect();
        let mut command = shell::command(&self.program.display().to_string(), &words);
        let output = command.env("ENVY_HOME", &self.home).output().context("cannot start envy")?;
        let line = words.join(" ");
        ensure!(output.status.success(), "`envy {line}`: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).with_context(|| format!("`envy {line}` printed no JSON"))
    }

    /// What the reference policy submits on a new task, and its reward.
    fn solution(&self) -> Result<(String, Value)> {
        self.json("dataset generate --json")?;
        self.json("eval --dataset cleaning --model policy/reference --num-runs 1 --json")?;
        let record = self.json("runs show last --episode 0 --json")?;
        let files = record["submission"]["files"].as_array().context("nothing was submitted")?;
        let file = files.iter().find(|file| file["path"] == "clean.py").context("there is no clean.py")?;
        let text = file["bytes"].as_str().context("clean.py is no text")?.to_owned();
        Ok((text, record["verdict"]["graded"]["reward"].clone()))
    }
}

/// The scripted model; it ends with this value.
struct Model {
    server: Child,
    lines: BufReader<std::process::ChildStdout>,
    url: String,
}

impl Model {
    fn start(solution: &Path) -> Result<Self> {
        let script = ["xtask/scripts/agent-model.py", &solution.display().to_string()].map(str::to_owned);
        let mut command = shell::command("python3", &[&script[0], &script[1]]);
        let mut server = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the scripted model")?;
        let mut lines = BufReader::new(server.stdout.take().context("the model has no output")?);
        let mut url = String::new();
        lines.read_line(&mut url)?;
        Ok(Self { server, lines, url: url.trim().to_owned() })
    }

    /// What the agent's calls brought, as its model read it.
    fn seen(&mut self) -> Result<String> {
        // It serves until its input ends.
        drop(self.server.stdin.take());
        let mut seen = String::new();
        self.lines.read_to_string(&mut seen)?;
        Ok(seen)
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        // It may have ended by itself; there is nobody to tell.
        let _gone = self.server.kill();
        let _reaped = self.server.wait();
    }
}

fn check(seen: &str, envy: &Envy, reward: &Value) -> Result<()> {
    let results: Vec<&str> = seen.lines().collect();
    ensure!(results.len() == 4, "the agent's model saw {} results: {seen}", results.len());
    for (result, word) in results.iter().zip(["clean.py", "train.csv", "clean.py", "submitted"]) {
        ensure!(result.contains(word), "{word} is not in {result}");
    }
    ensure!(!seen.contains("reward"), "the agent read of its reward: {seen}");
    let shown = envy.json("runs show last --json")?;
    let episode = &shown["episodes"][0];
    ensure!(episode["end"] == "submitted", "the episode did not end by a submission: {episode}");
    ensure!(episode["reward"] == *reward, "{} was earned, and a run earns {reward}", episode["reward"]);
    Ok(())
}
