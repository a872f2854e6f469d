//! Authored: tasks that somebody wrote by hand, in the published format, and eight of our own.
//!
//! # What the agent sees
//! The files of the task and its prompt, as they are in its file.
//! # What is wrong
//! What its author thought of.
//! # How it is graded
//! By its rubric: files, forms, values, places and hidden probes without a judge; prose by a judge, and by nobody without one.
//! # Known cheats
//! Empty files, reports that name everything, code that writes its own verdict: a probe's values are compared here.

mod check;
mod file;
mod grade;
mod policies;

use std::collections::BTreeMap;

use envy_core::task::{FINAL_ANSWER, READ_ONLY_FOLDER};
use envy_core::{
    BoxFile, Brief, Certificate, Environment, EnvironmentInfo, EpisodeSpec, GenerateError, GenerateInput,
    Generated, Grader, Hidden, JobResult, Knob, KnobKind, Next, Policy, Preset, Task, TaskId, Work,
};
use serde_json::{Value, json};

use file::TaskFile;

/// The version of what is made of a file: raised when any byte of a task changes.
const VERSION: &str = "1";
/// The hidden entry that holds the file.
const FILE: &str = "task-file.json";
/// What begins a final answer in a reply without a tool call.
const MARKER: &str = "FINAL ANSWER:";

/// The environment of tasks written by hand.
pub struct Authored;

/// The tasks that we ship, one for each class of error.
const EXAMPLES: &[(&str, &str)] = &[
    ("error-analysis-1", include_str!("examples/error-analysis-1.json")),
    ("outlier-1", include_str!("examples/outlier-1.json")),
    ("scaling-error-1", include_str!("examples/scaling-error-1.json")),
    ("encoding-error-1", include_str!("examples/encoding-error-1.json")),
    ("imbalance-1", include_str!("examples/imbalance-1.json")),
    ("overfitting-1", include_str!("examples/overfitting-1.json")),
    ("underfitting-1", include_str!("examples/underfitting-1.json")),
    ("none-1", include_str!("examples/none-1.json")),
];

const EXAMPLE_NAMES: &[&str] = &[
    "error-analysis-1",
    "outlier-1",
    "scaling-error-1",
    "encoding-error-1",
    "imbalance-1",
    "overfitting-1",
    "underfitting-1",
    "none-1",
];

const INFO: EnvironmentInfo = EnvironmentInfo {
    name: "authored",
    version: VERSION,
    grader: "1",
    doc: "A task written by hand in the published format, or one of the eight that come along.",
    knobs: &[Knob {
        name: "example",
        kind: KnobKind::Choice(EXAMPLE_NAMES),
        default: "error-analysis-1",
        doc: "Which of the tasks that come along, where no file is given.",
    }],
    presets: &[Preset {
        name: "mle-reasoning",
        doc: "Fifty turns, as in the published task format.",
        knobs: &[],
        episode: &[("max-steps", "50"), ("max-tokens", "8192")],
    }],
    levels: &[],
    dials: &[],
    tracks: &[envy_core::Track::FIXED],
    tools: &["read_file", "write_file", "list_files", "run_python", "bash_exec", "submit_answer"],
    metrics: &["points", "possible", "total"],
    explained: &[
        ("points", "what the criteria earned"),
        ("possible", "the points of all criteria that could be decided"),
        ("total", "the points of all criteria"),
    ],
    submission_schema,
};

impl Environment for Authored {
    fn info(&self) -> &'static EnvironmentInfo {
        &INFO
    }

    fn generate(&self, input: GenerateInput) -> Box<dyn Work<Result<Generated, GenerateError>>> {
        Box::new(move |_: Vec<JobResult>| Next::Done(generated(&input)))
    }

    fn grader(&self, _brief: &Brief, hidden: &Hidden) -> Result<Box<dyn Grader>, String> {
        let bytes = hidden.get(FILE).ok_or_else(|| format!("the hidden half has no {FILE}"))?;
        Ok(Box::new(grade::AuthoredGrader::new(TaskFile::read(bytes)?)))
    }

    fn prompt(&self, brief: &Brief, episode: &EpisodeSpec) -> (String, String) {
        let fact = |name: &str| brief.facts.get(name).and_then(Value::as_str).unwrap_or_default();
        let folder = fact("task_dir");
        let system = format!(
            "You review machine-learning code with the tools you are given, in {} turns at most. The task calls your work \
             directory {folder}. When you are done, call submit_answer, or write a line that begins with {MARKER}",
            episode.limits.turns_max
        );
        (system, fact("prompt").to_owned())
    }

    fn policies(&self) -> &'static [&'static dyn Policy] {
        policies::ALL
    }

    fn exploits(&self) -> &'static [&'static dyn Policy] {
        crate::zoo::of(INFO.name)
    }
}

/// The answer is in the files; a summary is welcome.
fn submission_schema() -> Value {
    json!({
        "type": "object",
        "properties": {"summary": {"type": "string", "description": "What was wrong."}},
        "additionalProperties": true
    })
}

/// The file of one of our own tasks.
pub fn example(name: &str) -> Option<&'static str> {
    EXAMPLES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// The text of a task's file with the files of a folder in it: the agent finds them beneath `files/`, where nothing can
/// be written.
///
/// # Errors
/// The text is no JSON object.
pub fn with_mounted(text: &[u8], files: &[BoxFile]) -> Result<Vec<u8>, String> {
    file::with_mounted(text, files)
}

/// The model turns that a task's file asks for, if it is one and asks for any.
pub fn turns_asked(brief: &Brief) -> Option<u32> {
    u32::try_from(brief.facts.get("max_turns")?.as_u64()?).ok()
}

/// Whether the file that a task was made from asks for boxes in a container.
pub fn wants_container(hidden: &Hidden) -> bool {
    hidden.get(FILE).is_some_and(|bytes| TaskFile::read(bytes).is_ok_and(|task| task.use_docker))
}

/// The file that a task was made from, probes and all: it is for the task's owner.
///
/// # Errors
/// The hidden half is damaged: one sentence.
pub fn task_json(hidden: &Hidden) -> Result<String, String> {
    let bytes = hidden.get(FILE).ok_or_else(|| format!("the hidden half has no {FILE}"))?;
    String::from_utf8(bytes.to_vec()).map_err(|_| format!("{FILE} is no text"))
}

fn generated(input: &GenerateInput) -> Result<Generated, GenerateError> {
    let spec = &input.spec;
    let bytes = match &input.table {
        Some(bytes) => bytes.as_slice(),
        None => example(spec.knobs.text("example")).unwrap_or_default().as_bytes(),
    };
    let task = TaskFile::read(bytes).map_err(|what| GenerateError::Input {
        what,
        hint: "docs/environments/authored.md shows the format".to_owned(),
    })?;
    let mut hidden = Hidden::new(&spec.root(&input.salt));
    hidden.insert(FILE, bytes.to_vec());
    let unjudged: f64 = task.judged().map(|item| item.weight.max(0.0)).sum();
    let mut notes = vec![task.task_id.clone()];
    if unjudged > 0.0 {
        notes.push(format!("{unjudged} of {} points need a judge", task.rubric.total()));
    }
    Ok(Generated {
        task: Task {
            id: TaskId::of(spec, VERSION, &input.salt),
            spec: spec.clone(),
            generator: VERSION.to_owned(),
            brief: brief(&task),
            hidden,
            certificate: Certificate {
                certified: false,
                note: "written by hand: nothing proves that it can be solved".to_owned(),
                figures: BTreeMap::from([("total".to_owned(), task.rubric.total())]),
            },
        },
        rejections: Vec::new(),
        notes,
    })
}

fn brief(task: &TaskFile) -> Brief {
    let mut facts = BTreeMap::from([
        ("prompt".to_owned(), json!(task.prompt)),
        ("task_dir".to_owned(), json!(task.task_dir)),
        (FINAL_ANSWER.to_owned(), json!(MARKER)),
    ]);
    if !task.mounted.is_empty() {
        facts.insert(READ_ONLY_FOLDER.to_owned(), json!(file::MOUNT.trim_end_matches('/')));
    }
    facts.extend(task.max_turns.map(|turns| ("max_turns".to_owned(), json!(turns))));
    let mut collect: Vec<String> =
        ["*.json", "*.py", "*.md", "*.txt", "*.csv", "*.yaml"].map(str::to_owned).to_vec();
    let wanted = task.wanted();
    let folders = task.files.iter().chain(&wanted).filter_map(|file| file.path.split_once('/'));
    let mut folders: Vec<String> = folders.map(|(folder, _)| format!("{folder}/**")).collect();
    folders.push("response/**".to_owned());
    folders.sort();
    folders.dedup();
    collect.extend(folders);
    Brief {
        environment: INFO.name.to_owned(),
        title: task.task_id.clone(),
        files: task.files.iter().chain(&task.mounted).cloned().collect(),
        collect,
        facts,
    }
}

#[cfg(test)]
mod tests;
