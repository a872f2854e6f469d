//! The environment of imported tasks: the words are the folder's own, and so is the script that grades.

use std::collections::BTreeMap;

use envy_core::policy::{call, fixed};
use envy_core::{
    BoxFile, Brief, Environment, EnvironmentInfo, EpisodeSpec, Exposure, Flag, GenerateError, GenerateInput,
    Generated, GradeInput, Grader, Hidden, Job, JobEnd, JobLimits, JobResult, Next, Policy, PolicyKind,
    ProbeInput, ProbeReply, Score, Script, Seed, Submission, Wanted, Work,
};
use serde_json::{Value, json};

/// Where the tests lie, in the hidden half and in a grading box.
pub(super) const TESTS: &str = ".harbor/tests";

/// The fact that holds the verifier's time, seconds.
pub(super) const TIMEOUT_FACT: &str = "verifier_s";

/// Where the script writes.
const LOGS: &str = ".harbor/logs/verifier";

/// No reward file is larger, bytes.
const REWARD_BYTES_MAX: u64 = 64 << 10;

/// No verifier has longer, seconds.
const VERIFIER_S_MAX: f64 = 3_600.0;

/// Imported tasks of Harbor.
pub struct Harbor;

pub(super) const INFO: EnvironmentInfo = EnvironmentInfo {
    name: "harbor",
    version: "1",
    grader: "1",
    doc: "A task folder of Harbor, graded by its own test script.",
    knobs: &[],
    presets: &[],
    levels: &[],
    dials: &[],
    tracks: &[envy_core::Track::FIXED],
    tools: &["bash_exec", "list_files", "read_file", "run_python", "submit_answer", "write_file"],
    metrics: &[],
    explained: &[],
    submission_schema: || json!({"type": "object", "properties": {}}),
};

impl Environment for Harbor {
    fn info(&self) -> &'static EnvironmentInfo {
        &INFO
    }

    fn generate(&self, _input: GenerateInput) -> Box<dyn Work<Result<Generated, GenerateError>>> {
        Box::new(|_results: Vec<JobResult>| {
            Next::Done(Err(GenerateError::Input {
                what: "tasks of harbor are imported, not generated".to_owned(),
                hint: "`envy eval --harbor DIR` runs the task folders of DIR".to_owned(),
            }))
        })
    }

    fn grader(&self, brief: &Brief, hidden: &Hidden) -> Result<Box<dyn Grader>, String> {
        let tests = hidden.entries().filter(|(path, _)| path.starts_with(TESTS));
        let tests: Vec<BoxFile> = tests.map(|(path, bytes)| BoxFile::new(path, bytes)).collect();
        let variables = hidden.get("variables.json").unwrap_or_default();
        let variables = serde_json::from_slice(variables).map_err(|_| "variables.json was edited")?;
        let seconds =
            brief.facts.get(TIMEOUT_FACT).and_then(Value::as_f64).ok_or("there is no verifier's time")?;
        Ok(Box::new(Tests { given: brief.files.clone(), scripts: tests, variables, seconds }))
    }

    fn prompt(&self, brief: &Brief, _episode: &EpisodeSpec) -> (String, String) {
        let words = brief.facts.get("instruction").and_then(Value::as_str).unwrap_or_default();
        let system = "You solve a task with the tools that you have. The work directory is /work. When you are done, \
                      call submit_answer; what lies in the work directory then is graded.";
        (system.to_owned(), words.to_owned())
    }

    fn policies(&self) -> &'static [&'static dyn Policy] {
        &[&Nop]
    }
}

/// Does nothing.
struct Nop;

impl Policy for Nop {
    fn name(&self) -> &'static str {
        "nop"
    }

    fn doc(&self) -> &'static str {
        "Submits the files as they are given."
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Null
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        fixed(vec![vec![call("submit_answer", json!({}))]])
    }
}

/// The folder's own tests.
struct Tests {
    given: Vec<BoxFile>,
    scripts: Vec<BoxFile>,
    variables: BTreeMap<String, String>,
    seconds: f64,
}

impl Grader for Tests {
    fn check(&self, _submission: &Submission) -> Result<(), String> {
        Ok(())
    }

    fn probe(&self, input: ProbeInput) -> Box<dyn Work<ProbeReply>> {
        let text = "a task of Harbor has no probe".to_owned();
        let reply = ProbeReply { text, is_error: true, ladder: input.ladder };
        Box::new(move |_results: Vec<JobResult>| Next::Done(reply.clone()))
    }

    fn grade(&self, input: GradeInput) -> Box<dyn Work<Score>> {
        let mut job = Some(self.job(input.submission.files));
        Box::new(move |results: Vec<JobResult>| match job.take() {
            Some(job) => Next::Run(vec![job]),
            None => Next::Done(score(&results[0])),
        })
    }
}

impl Tests {
    /// What was given, under what was left, beside the tests.
    fn job(&self, submitted: Vec<BoxFile>) -> Job {
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for file in self.given.iter().cloned().chain(submitted).chain(self.scripts.iter().cloned()) {
            files.insert(file.path, file.bytes);
        }
        let variables = self.variables.iter().map(|(name, value)| format!("{name}={value}"));
        let run = format!("mkdir -p {LOGS} .harbor/logs/artifacts && exec env \"$@\" bash {TESTS}/test.sh");
        let argv = ["bash", "-c", &run, "test"].map(str::to_owned).into_iter().chain(variables).collect();
        let limits = JobLimits {
            wall_ms: (self.seconds.min(VERIFIER_S_MAX) * 1e3) as u64,
            disk_bytes: 1 << 30,
            ..JobLimits::standard()
        };
        let wanted = |name: &str| Wanted { path: format!("{LOGS}/{name}"), bytes_max: REWARD_BYTES_MAX };
        Job {
            name: "harbor/test.sh".to_owned(),
            files: files.into_iter().map(|(path, bytes)| BoxFile { path, bytes }).collect(),
            argv,
            limits,
            outputs: vec![wanted("reward.json"), wanted("reward.txt")],
            exposure: Exposure::Grading,
        }
    }
}

/// The score of what the script wrote. Writing nothing is the work's own doing, for all we know: 0 with a flag.
fn score(result: &JobResult) -> Score {
    let read = |name: &str| result.bytes(&format!("{LOGS}/{name}")).map(String::from_utf8_lossy);
    let rewards = match (read("reward.json"), read("reward.txt")) {
        (Some(text), _) => serde_json::from_str::<BTreeMap<String, f64>>(&text).ok(),
        (None, Some(text)) => {
            text.trim().parse().ok().map(|reward| BTreeMap::from([("reward".to_owned(), reward)]))
        }
        (None, None) => None,
    };
    let rewards = rewards.filter(|rewards| rewards.values().all(|value| value.is_finite()));
    let Some((reward, metrics)) = rewards.and_then(|mut all| Some((all.remove("reward")?, all))) else {
        let how = match result.end {
            JobEnd::Exited(code) => format!("exit code {code}"),
            JobEnd::Signaled(signal) => format!("signal {signal}"),
            JobEnd::Limit(limit) => format!("a limit: {limit:?}"),
        };
        let mut score = Score::zero(format!("the test script left no reward that can be read ({how})"));
        score.flags.push(Flag { name: "no-reward".to_owned(), evidence: how });
        return score;
    };
    let bounded = reward.clamp(0.0, 1.0);
    let mut score = Score::zero(format!("the test script's reward is {reward}"));
    score.reward = bounded;
    score.passed = bounded >= 1.0;
    score.metrics = metrics;
    score.criteria[0].met = score.passed;
    "reward".clone_into(&mut score.criteria[0].name);
    score
}
