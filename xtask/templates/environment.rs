//! Template: what the agent is given and what it is to make of it.
//!
//! # What the agent sees
//! A number in `hint.txt`.
//! # What is wrong
//! Nothing yet.
//! # How it is graded
//! `answer.txt` is compared with the number.
//! # Known cheats
//! None yet: each gets a policy of its own that must earn nothing.

use std::collections::BTreeMap;

use envy_core::{
    BoxFile, Brief, Certificate, Criterion, Environment, EnvironmentInfo, EpisodeSpec, GenerateError,
    GenerateInput, Generated, GradeInput, Grader, Hidden, JobResult, Knob, KnobKind, Next, Policy,
    PolicyKind, ProbeInput, ProbeReply, Score, Script, Seed, Submission, Task, TaskId, Work, policy,
};
use serde_json::{Value, json};

/// The agent copies a number.
pub struct Template;

/// The hidden entry that holds the right answer.
const GOLDEN: &str = "golden.txt";
/// The file that the agent is given, and the one that it hands in.
const FILES: [&str; 2] = ["hint.txt", "answer.txt"];

const INFO: EnvironmentInfo = EnvironmentInfo {
    name: "template-name",
    version: "1",
    grader: "1",
    doc: "The agent copies a number.",
    knobs: &[Knob {
        name: "digits",
        kind: KnobKind::Int { min: 1, max: 18 },
        default: "4",
        doc: "Digits of the number.",
    }],
    presets: &[],
    levels: &[],
    dials: &[],
    tracks: &[envy_core::Track::FIXED],
    tools: &["read_file", "write_file", "submit_answer"],
    metrics: &[],
    explained: &[],
    submission_schema: || json!({"type": "object", "properties": {}}),
};

impl Environment for Template {
    fn info(&self) -> &'static EnvironmentInfo {
        &INFO
    }

    fn generate(&self, input: GenerateInput) -> Box<dyn Work<Result<Generated, GenerateError>>> {
        Box::new(move |_: Vec<JobResult>| Next::Done(Ok(generate(&input))))
    }

    fn grader(&self, _brief: &Brief, hidden: &Hidden) -> Result<Box<dyn Grader>, String> {
        let golden = hidden.get(GOLDEN).ok_or("the hidden half has no golden.txt")?;
        Ok(Box::new(Exact(golden.to_vec())))
    }

    fn prompt(&self, _brief: &Brief, episode: &EpisodeSpec) -> (String, String) {
        let turns = episode.limits.turns_max;
        let [hint, answer] = FILES;
        (format!("You have {turns} turns."), format!("Copy the number in {hint} to {answer}."))
    }

    fn policies(&self) -> &'static [&'static dyn Policy] {
        &[&Null, &Reference]
    }
}

/// The same input gives the same bytes: every draw comes from a named child of the task's root.
fn generate(input: &GenerateInput) -> Generated {
    let root = input.spec.root(&input.salt);
    let digits = u32::try_from(input.spec.knobs.int("digits")).expect("the knob's range");
    let number = (root.derive("number").rng().next_u64() % 10_u64.pow(digits)).to_string();
    let mut hidden = Hidden::new(&root);
    hidden.insert(GOLDEN, number.as_str());
    let [hint, answer] = FILES;
    let brief = Brief {
        environment: INFO.name.to_owned(),
        title: "A number".to_owned(),
        files: vec![BoxFile::new(hint, number)],
        collect: vec![answer.to_owned()],
        facts: BTreeMap::new(),
    };
    let certificate = Certificate { certified: true, note: String::new(), figures: BTreeMap::new() };
    let id = TaskId::of(&input.spec, INFO.version, &input.salt);
    let generator = INFO.version.to_owned();
    let task = Task { id, spec: input.spec.clone(), generator, brief, hidden, certificate };
    Generated { task, rejections: Vec::new(), notes: Vec::new() }
}

/// Holds the right answer.
struct Exact(Vec<u8>);

impl Grader for Exact {
    fn check(&self, submission: &Submission) -> Result<(), String> {
        submission.file(FILES[1]).map(drop).ok_or_else(|| format!("there is no {}", FILES[1]))
    }

    fn probe(&self, input: ProbeInput) -> Box<dyn Work<ProbeReply>> {
        let text = "there is nothing to try here".to_owned();
        let ladder: Value = input.ladder;
        Box::new(move |_: Vec<JobResult>| {
            Next::Done(ProbeReply { text: text.clone(), is_error: true, ladder: ladder.clone() })
        })
    }

    fn grade(&self, input: GradeInput) -> Box<dyn Work<Score>> {
        let passed = input.submission.file(FILES[1]) == Some(&self.0);
        Box::new(move |_: Vec<JobResult>| {
            let criterion =
                Criterion { name: "answer".to_owned(), met: passed, detail: "compared".to_owned() };
            let reward = f64::from(u8::from(passed));
            Next::Done(Score { reward, passed, criteria: vec![criterion], ..Score::zero("") })
        })
    }
}

/// Does nothing.
struct Null;

impl Policy for Null {
    fn name(&self) -> &'static str {
        "null"
    }

    fn doc(&self) -> &'static str {
        "does nothing"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Null
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        policy::fixed(Vec::new())
    }
}

/// Copies the number.
struct Reference;

impl Policy for Reference {
    fn name(&self) -> &'static str {
        "reference"
    }

    fn doc(&self) -> &'static str {
        "copies the number"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Reference
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        let number = String::from_utf8_lossy(brief.file(FILES[0]).unwrap_or_default()).into_owned();
        let write = policy::call("write_file", json!({"path": FILES[1], "content": number}));
        policy::fixed(vec![vec![write], vec![policy::call("submit_answer", json!({}))]])
    }
}
