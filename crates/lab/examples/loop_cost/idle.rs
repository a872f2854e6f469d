//! An environment and a sandbox that do nothing, so that what is left is the loop.

use std::collections::BTreeMap;

use envy_core::{
    BoxFile, BoxFuture, BoxSpec, Brief, Certificate, Environment, EnvironmentInfo, EpisodeSpec, Exec,
    ExecResult, GenerateError, GenerateInput, Generated, GradeInput, Grader, Hidden, JobEnd, JobResult,
    Knobs, Next, Policy, ProbeInput, ProbeReply, Salt, Sandbox, SandboxError, Score, Seed, Task, TaskId,
    TaskSpec, Work, Workbox,
};
use serde_json::{Value, json};

/// Grades nothing.
pub(crate) struct Idle;

const INFO: EnvironmentInfo = EnvironmentInfo {
    name: "idle",
    version: "1",
    grader: "1",
    doc: "Nothing to do.",
    knobs: &[],
    presets: &[],
    levels: &[],
    dials: &[],
    tracks: &[envy_core::Track::FIXED],
    tools: &["list_files", "submit_answer"],
    metrics: &[],
    explained: &[],
    submission_schema: || json!({ "type": "object" }),
};

/// The one task.
pub(crate) fn task() -> Generated {
    let spec = TaskSpec::new(INFO.name, 1, Knobs::default(), &Salt::public());
    let brief = Brief {
        environment: INFO.name.to_owned(),
        title: "Nothing".to_owned(),
        files: vec![BoxFile::new("note.txt", "nothing to do")],
        collect: Vec::new(),
        facts: BTreeMap::new(),
    };
    let task = Task {
        id: TaskId::of(&spec, INFO.version, &Salt::public()),
        hidden: Hidden::new(&Seed::named("idle")),
        generator: INFO.version.to_owned(),
        certificate: Certificate { certified: true, note: String::new(), figures: BTreeMap::new() },
        spec,
        brief,
    };
    Generated { task, rejections: Vec::new(), notes: Vec::new() }
}

impl Environment for Idle {
    fn info(&self) -> &'static EnvironmentInfo {
        &INFO
    }

    fn generate(&self, _input: GenerateInput) -> Box<dyn Work<Result<Generated, GenerateError>>> {
        Box::new(|_: Vec<JobResult>| Next::Done(Ok(task())))
    }

    fn grader(&self, _brief: &Brief, _hidden: &Hidden) -> Result<Box<dyn Grader>, String> {
        Ok(Box::new(Accepts))
    }

    fn prompt(&self, _brief: &Brief, _episode: &EpisodeSpec) -> (String, String) {
        ("List the files five times, then submit.".to_owned(), "Begin.".to_owned())
    }

    fn policies(&self) -> &'static [&'static dyn Policy] {
        &[]
    }
}

struct Accepts;

impl Grader for Accepts {
    fn check(&self, _submission: &envy_core::Submission) -> Result<(), String> {
        Ok(())
    }

    fn probe(&self, _input: ProbeInput) -> Box<dyn Work<ProbeReply>> {
        let reply = ProbeReply { text: String::new(), is_error: false, ladder: Value::Null };
        Box::new(move |_: Vec<JobResult>| Next::Done(reply.clone()))
    }

    fn grade(&self, _input: GradeInput) -> Box<dyn Work<Score>> {
        Box::new(|_: Vec<JobResult>| Next::Done(Score { passed: true, reward: 1.0, ..Score::zero("played") }))
    }
}

/// Boxes that are only their names.
pub(crate) struct NoBoxes;

struct NoBox;

impl Sandbox for NoBoxes {
    fn name(&self) -> &'static str {
        "none"
    }

    fn open(&self, _spec: BoxSpec) -> BoxFuture<'_, Result<Box<dyn Workbox>, SandboxError>> {
        Box::pin(async { Ok(Box::new(NoBox) as Box<dyn Workbox>) })
    }
}

impl Workbox for NoBox {
    fn exec(&mut self, _exec: Exec) -> BoxFuture<'_, Result<ExecResult, SandboxError>> {
        let nothing =
            ExecResult { end: JobEnd::Exited(0), stdout: Vec::new(), stderr: Vec::new(), cut: false };
        Box::pin(async { Ok(nothing) })
    }

    fn read(&mut self, _path: &str, _max: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, SandboxError>> {
        Box::pin(async { Ok(None) })
    }

    fn write(&mut self, _file: BoxFile) -> BoxFuture<'_, Result<(), SandboxError>> {
        Box::pin(async { Ok(()) })
    }

    fn list(&mut self, _path: &str) -> BoxFuture<'_, Result<Vec<String>, SandboxError>> {
        Box::pin(async { Ok(vec!["note.txt".to_owned()]) })
    }
}
