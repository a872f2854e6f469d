//! For tests: a tiny environment, a sandbox in memory, and ready-made records, so that the lab is tested by itself.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use envy_core::policy::{call, fixed};
use envy_core::{
    BoxFile, BoxFuture, BoxSpec, Brief, Certificate, Dial, Digest, End, Environment, EnvironmentInfo,
    EpisodeSpec, Exec, ExecResult, Expert, Exposure, Fault, FaultKind, GenerateError, GenerateInput,
    Generated, GradeInput, Grader, Hidden, Job, JobEnd, JobLimits, JobResult, Knob, KnobKind, Knobs, Next,
    Policy, PolicyKind, Preset, ProbeInput, ProbeReply, Record, Rejection, Reply, Salt, Sandbox,
    SandboxError, Score, Script, Seed, Submission, Task, TaskId, TaskSpec, Trajectory, Turn, Uncorrupted,
    Verdict, Wanted, Work, Workbox,
};
use serde_json::{Value, json};

use crate::dataset::{Order, Progress};
use crate::error::LabError;
use crate::models::{ModelSettings, Sources};
use crate::store::{Plan, PlannedTask};

/// The agent reads a number in `hint.txt` and writes it to `answer.txt`.
pub(crate) struct Guess;

pub(crate) const INFO: EnvironmentInfo = EnvironmentInfo {
    name: "guess",
    version: "1",
    grader: "1",
    doc: "The agent copies a number.",
    knobs: &[Knob {
        name: "digits",
        kind: KnobKind::Int { min: 1, max: 9 },
        default: "4",
        doc: "Digits of the number.",
    }],
    presets: &[Preset {
        name: "short",
        doc: "One digit.",
        knobs: &[("digits", "1")],
        episode: &[("num-runs", "2")],
    }],
    levels: &["short"],
    dials: &[Dial { knob: "digits", easy: "1", hard: "9" }],
    tracks: &[envy_core::Track::FIXED],
    tools: &["read_file", "write_file", "submit_answer"],
    metrics: &["closeness"],
    explained: &[("closeness", "how near the guess is")],
    submission_schema: || json!({"type": "object", "properties": {}}),
};

impl Environment for Guess {
    fn info(&self) -> &'static EnvironmentInfo {
        &INFO
    }

    fn generate(&self, input: GenerateInput) -> Box<dyn Work<Result<Generated, GenerateError>>> {
        let generated = if input.spec.seed > 1_000 && input.spec.seed % 4 == 3 {
            Err(GenerateError::Exhausted { rejections: vec![rejection()] })
        } else {
            Ok(generate(&input))
        };
        let mut generated = Some(generated);
        Box::new(move |_results: Vec<JobResult>| Next::Done(generated.take().expect("advanced once")))
    }

    fn grader(&self, _brief: &Brief, hidden: &Hidden) -> Result<Box<dyn Grader>, String> {
        let golden = hidden.get("golden.txt").ok_or("there is no golden.txt")?;
        Ok(Box::new(Exact(golden.to_vec())))
    }

    fn prompt(&self, _brief: &Brief, _episode: &EpisodeSpec) -> (String, String) {
        ("You copy.".to_owned(), "Copy hint.txt to answer.txt.".to_owned())
    }

    fn policies(&self) -> &'static [&'static dyn Policy] {
        POLICIES
    }

    fn expert(&self, _certificate: &Certificate) -> Option<Expert> {
        Some(Expert { score: 0.8, floor: Some(0.4), metric: "closeness".to_owned(), model: None })
    }

    fn uncorrupted(&self, brief: &Brief, hidden: &Hidden) -> Result<Option<Uncorrupted>, String> {
        let mut brief = brief.clone();
        brief
            .files
            .push(BoxFile::new("right.txt", hidden.get("golden.txt").ok_or("there is no golden.txt")?));
        Ok(Some(Uncorrupted { brief, metric: "closeness" }))
    }
}

/// Its policies.
pub(crate) const POLICIES: &[&dyn Policy] = &[&Idle, &Copy];

/// The tiny environment, with other words about itself or other policies.
pub(crate) struct Like {
    pub(crate) info: &'static EnvironmentInfo,
    pub(crate) policies: &'static [&'static dyn Policy],
}

impl Environment for Like {
    fn info(&self) -> &'static EnvironmentInfo {
        self.info
    }

    fn generate(&self, input: GenerateInput) -> Box<dyn Work<Result<Generated, GenerateError>>> {
        Guess.generate(input)
    }

    fn grader(&self, brief: &Brief, hidden: &Hidden) -> Result<Box<dyn Grader>, String> {
        Guess.grader(brief, hidden)
    }

    fn prompt(&self, brief: &Brief, episode: &EpisodeSpec) -> (String, String) {
        Guess.prompt(brief, episode)
    }

    fn policies(&self) -> &'static [&'static dyn Policy] {
        self.policies
    }
}

fn rejection() -> Rejection {
    Rejection { condition: "headroom".to_owned(), detail: "0.01".to_owned() }
}

fn generate(input: &GenerateInput) -> Generated {
    let root = input.spec.root(&input.salt);
    let number = format!("{:020}", root.derive("number").rng().next_u64());
    let number = &number[..usize::try_from(input.spec.knobs.int("digits")).unwrap()];
    let mut hidden = Hidden::new(&root);
    hidden.insert("golden.txt", number);
    hidden.insert(
        "ledger.jsonl",
        r#"{"operator":"blank","class":"P","columns":["x"],"changes":[2],"source":"b"}"#,
    );
    let brief = Brief {
        environment: "guess".to_owned(),
        title: "A number".to_owned(),
        files: vec![BoxFile::new("hint.txt", number), BoxFile::new("train.csv", "x,source\n1,a\n2,a\n,b\n")],
        collect: vec!["answer.txt".to_owned()],
        facts: BTreeMap::from([("digits".to_owned(), Value::from(number.len()))]),
    };
    let task = Task {
        id: TaskId::of(&input.spec, INFO.version, &input.salt),
        spec: input.spec.clone(),
        generator: INFO.version.to_owned(),
        brief,
        hidden,
        certificate: Certificate {
            certified: true,
            note: String::new(),
            figures: BTreeMap::from([("headroom".to_owned(), 0.25)]),
        },
    };
    Generated { task, rejections: vec![rejection()], notes: vec!["1 column".to_owned()] }
}

/// The generated task of a seed.
pub(crate) fn generated(seed: u64) -> Generated {
    let order = order(seed, 1);
    generate(&GenerateInput { spec: order.spec(0), salt: order.salt.clone(), table: None })
}

/// An order of `count` tasks.
pub(crate) fn order(seed: u64, count: usize) -> Order {
    let knobs = Knobs::resolve(INFO.name, INFO.knobs, []).unwrap();
    Order { environment: &Guess, knobs, seed, count, salt: Salt::public(), table: None, place: None }
}

/// Reward 1 for the golden bytes, which a job brings back from the box.
struct Exact(Vec<u8>);

impl Grader for Exact {
    fn check(&self, _submission: &Submission) -> Result<(), String> {
        Ok(())
    }

    fn probe(&self, input: ProbeInput) -> Box<dyn Work<ProbeReply>> {
        let reply = ProbeReply { text: "warm".to_owned(), is_error: false, ladder: input.ladder };
        Box::new(move |_results: Vec<JobResult>| Next::Done(reply.clone()))
    }

    fn grade(&self, input: GradeInput) -> Box<dyn Work<Score>> {
        let (golden, mut files) = (self.0.clone(), Some(input.submission.files));
        Box::new(move |results: Vec<JobResult>| match files.take() {
            Some(files) => Next::Run(vec![job(files)]),
            None => Next::Done(score(results[0].bytes("answer.txt"), &golden)),
        })
    }
}

fn job(files: Vec<BoxFile>) -> Job {
    Job {
        name: "look".to_owned(),
        files,
        argv: vec!["true".to_owned()],
        limits: JobLimits::standard(),
        outputs: vec![Wanted { path: "answer.txt".to_owned(), bytes_max: 100 }],
        exposure: Exposure::Grading,
    }
}

fn score(answer: Option<&[u8]>, golden: &[u8]) -> Score {
    let Some(answer) = answer else { return Score::zero("no answer.txt") };
    let mut score = Score::zero("compared");
    score.passed = answer == golden;
    score.reward = f64::from(u8::from(score.passed));
    score.metrics.insert("closeness".to_owned(), score.reward);
    score
}

struct Idle;
struct Copy;

impl Policy for Idle {
    fn name(&self) -> &'static str {
        "null"
    }
    fn doc(&self) -> &'static str {
        "Does nothing."
    }
    fn kind(&self) -> PolicyKind {
        PolicyKind::Null
    }
    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        fixed(Vec::new())
    }
}

impl Policy for Copy {
    fn name(&self) -> &'static str {
        "reference"
    }
    fn doc(&self) -> &'static str {
        "Copies the number."
    }
    fn kind(&self) -> PolicyKind {
        PolicyKind::Reference
    }
    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        let content = String::from_utf8_lossy(brief.file("hint.txt").unwrap_or_default()).into_owned();
        let write = call("write_file", json!({"path": "answer.txt", "content": content}));
        fixed(vec![vec![write], vec![call("submit_answer", json!({}))]])
    }
}

/// A generation that nobody watches.
#[derive(Default)]
pub(crate) struct Quiet {
    pub(crate) stopped: AtomicBool,
}

impl Progress for Quiet {
    fn task_done(&self) {}

    fn stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    fn run_jobs(&self, _jobs: Vec<Job>) -> Result<Vec<JobResult>, LabError> {
        panic!("the tiny environment asks for no job")
    }
}

/// Nothing but the policies.
pub(crate) fn sources() -> Sources {
    ModelSettings::default().sources("/no/store".as_ref()).unwrap()
}

/// A plan of four episodes: two tasks, one model, two rollouts.
pub(crate) fn plan() -> Plan {
    let task = |seed| {
        let id = generated(seed).task.id;
        let digest = Digest::of(id.as_str().as_bytes());
        let expert = Guess.expert(&generated(seed).task.certificate);
        PlannedTask { digest, id, folder: "/nowhere".into(), expert, uncertified: false }
    };
    Plan {
        schema: "envy.run-plan/1".to_owned(),
        environment: "guess".to_owned(),
        tasks: vec![task(1), task(2)],
        models: vec!["policy/reference".to_owned()],
        reach: ModelSettings::default(),
        until_placed: None,
        judge: None,
        rollouts: 2,
        episode: EpisodeSpec::new(""),
        settings: Vec::new(),
    }
}

/// A turn in which the model says something and calls nothing.
pub(crate) fn turn(said: &str) -> Turn {
    let reply = Reply { text: said.to_owned(), ..Reply::default() };
    Turn { reply, observations: Vec::new(), model_ms: 1, tools_ms: 0 }
}

/// A record with that reward, or a void one.
pub(crate) fn record(rollout: u32, attempt: u32, reward: Option<f64>) -> Record {
    let spec = TaskSpec::new("guess", 1, Knobs::default(), &Salt::public());
    let graded = |reward| {
        let metrics = BTreeMap::from([("closeness".to_owned(), reward)]);
        Score { reward, passed: reward >= 0.85, metrics, ..Score::zero("compared") }
    };
    Record {
        schema: "envy.record/1".to_owned(),
        task: TaskId::of(&spec, "1", &Salt::public()),
        task_digest: Digest::of(b"task"),
        rollout,
        attempt,
        episode: EpisodeSpec::new("policy/reference"),
        end: End::Submitted,
        trajectory: Trajectory::default(),
        submission: Submission {
            answer: json!({}),
            files: vec![BoxFile::new("answer.txt", vec![0xff, 0x00])],
        },
        job_results: vec![vec![JobResult {
            end: JobEnd::Exited(0),
            outputs: BTreeMap::new(),
            stderr_tail: String::new(),
        }]],
        rulings: Vec::new(),
        probes: 0,
        verdict: reward.map_or_else(
            || Verdict::Void(Fault::new(FaultKind::Sandbox, "the disk is gone")),
            |reward| Verdict::Graded(graded(reward)),
        ),
        grader: INFO.grader_name(),
        integrity: envy_core::Integrity::default(),
        sandbox: "memory".to_owned(),
        runtime: "none".to_owned(),
        wall_ms: 1_500,
        notes: BTreeMap::new(),
    }
}

/// A sandbox whose boxes are lists of files and whose programs do nothing; the first boxes may fail.
#[derive(Default)]
pub(crate) struct Memory {
    pub(crate) failures: AtomicU32,
}

struct Files(BTreeMap<String, Vec<u8>>);

impl Sandbox for Memory {
    fn name(&self) -> &'static str {
        "memory"
    }

    fn open(&self, spec: BoxSpec) -> BoxFuture<'_, Result<Box<dyn Workbox>, SandboxError>> {
        let failing =
            self.failures.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        Box::pin(async move {
            if failing.is_ok() {
                return Err(SandboxError::host("the disk is gone"));
            }
            let files = spec.files.into_iter().map(|file| (file.path, file.bytes)).collect();
            Ok(Box::new(Files(files)) as Box<dyn Workbox>)
        })
    }
}

impl Workbox for Files {
    fn exec(&mut self, _exec: Exec) -> BoxFuture<'_, Result<ExecResult, SandboxError>> {
        let nothing =
            ExecResult { end: JobEnd::Exited(0), stdout: Vec::new(), stderr: Vec::new(), cut: false };
        Box::pin(async { Ok(nothing) })
    }

    fn read(&mut self, path: &str, _max: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, SandboxError>> {
        let bytes = self.0.get(path).cloned();
        Box::pin(async { Ok(bytes) })
    }

    fn write(&mut self, file: BoxFile) -> BoxFuture<'_, Result<(), SandboxError>> {
        self.0.insert(file.path, file.bytes);
        Box::pin(async { Ok(()) })
    }

    fn list(&mut self, _path: &str) -> BoxFuture<'_, Result<Vec<String>, SandboxError>> {
        let names = self.0.keys().cloned().collect();
        Box::pin(async { Ok(names) })
    }
}
