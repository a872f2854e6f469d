//! A task's file: the published JSON with `prompt`, `rubrics`, `rubric_text`, `task_files`, `task_dir` and `max_turns`, and what
//! we add to it: checks that no judge is needed for, and hidden probes.

use std::collections::BTreeMap;

use envy_core::BoxFile;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check::Check;
use crate::rubric::{Item, Kind, Rubric};

/// The most bytes of a task's file.
pub(super) const FILE_BYTES_MAX: usize = 32 << 20;
/// The most files that a task may bring.
const FILES_MAX: usize = 500;
/// The most model turns.
const TURNS_MAX: u32 = 1_000;
/// Where an original task's files lie if it does not say.
const TASK_DIR: &str = "/app";
/// The folder of mounted files.
pub(super) const MOUNT: &str = "files/";

/// One part of a text.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) struct Part {
    #[serde(default)]
    text: String,
    #[serde(default)]
    content: String,
}

impl Part {
    fn words(&self) -> &str {
        if self.text.is_empty() { &self.content } else { &self.text }
    }
}

/// Whole text of parts.
fn joined(parts: &[Part]) -> String {
    parts.iter().map(Part::words).collect::<Vec<_>>().join("\n")
}

/// How a criterion gives points: all or nothing, or one of several outcomes.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Scoring {
    #[serde(default)]
    outcomes: Vec<Value>,
}

/// A criterion as the file has it.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Entry {
    name: String,
    weight: f64,
    #[serde(default)]
    score: Option<Scoring>,
    #[serde(default)]
    messages: Vec<Part>,
    #[serde(default)]
    check: Option<Check>,
}

/// The file as it is written.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Document {
    task_id: String,
    prompt: Vec<Part>,
    #[serde(default)]
    rubrics: Vec<Entry>,
    #[serde(default)]
    rubric_text: Option<String>,
    #[serde(default)]
    use_docker: bool,
    #[serde(default)]
    task_dir: Option<String>,
    #[serde(default)]
    task_files: BTreeMap<String, String>,
    #[serde(default)]
    max_turns: Option<u32>,
    #[serde(default)]
    total_possible: Option<f64>,
    #[serde(default)]
    hidden_files: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mounted_files: Vec<BoxFile>,
}

/// A criterion, understood.
pub(super) struct Criterion {
    /// Its name and weight.
    pub(super) item: Item,
    /// How it is decided without a judge; nothing for prose.
    pub(super) check: Option<Check>,
    /// The shares of its weight that may be given, from the least; empty for any.
    pub(super) outcomes: Vec<f64>,
}

/// A task's file, read and checked.
pub(super) struct TaskFile {
    /// Its name.
    pub(super) task_id: String,
    /// What the agent is asked.
    pub(super) prompt: String,
    /// The files in the agent's work directory.
    pub(super) files: Vec<BoxFile>,
    /// Files beneath `files/` that are the same for everybody: what an agent does to them stays in its box.
    pub(super) mounted: Vec<BoxFile>,
    /// Files of probes, that the agent never sees.
    pub(super) hidden: Vec<BoxFile>,
    /// The criteria.
    pub(super) criteria: Vec<Criterion>,
    /// The criteria as a rubric.
    pub(super) rubric: Rubric,
    /// What the file calls the work directory.
    pub(super) task_dir: String,
    /// Model turns, if the file says.
    pub(super) max_turns: Option<u32>,
    /// Whether the file asks for a container.
    pub(super) use_docker: bool,
}

impl TaskFile {
    /// Reads a task's file.
    ///
    /// # Errors
    /// One sentence: it is malformed, a weight or a check is odd, or a file lies outside the task's folder.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > FILE_BYTES_MAX {
            return Err(format!("the task's file has {} bytes, at most {FILE_BYTES_MAX}", bytes.len()));
        }
        let document: Document = serde_json::from_slice(bytes)
            .map_err(|error| format!("the task's file cannot be read: {error}"))?;
        let task_dir = document.task_dir.clone().unwrap_or_else(|| TASK_DIR.to_owned());
        let files = files(&document.task_files, &task_dir)?;
        let hidden = files_of(&document.hidden_files)?;
        let mounted = mounted(document.mounted_files)?;
        if files.iter().any(|file| file.path.starts_with(MOUNT)) && !mounted.is_empty() {
            return Err(format!("the task has files of its own beneath {MOUNT}"));
        }
        let entries = if document.rubrics.is_empty() {
            lines(document.rubric_text.as_deref().unwrap_or_default())?
        } else {
            document.rubrics.clone()
        };
        let criteria: Vec<Criterion> = entries.into_iter().map(criterion).collect::<Result<_, _>>()?;
        let items: Vec<Item> = criteria.iter().map(|criterion| criterion.item.clone()).collect();
        let sum = items.iter().map(|item| item.weight.max(0.0)).sum();
        let rubric =
            Rubric::new(document.total_possible.unwrap_or(sum), items).map_err(|error| error.to_string())?;
        for check in criteria.iter().filter_map(|criterion| criterion.check.as_ref()) {
            check.sound(&hidden)?;
        }
        let prompt = joined(&document.prompt);
        if prompt.trim().is_empty() || document.task_id.trim().is_empty() {
            return Err("a task has a task_id and a prompt".to_owned());
        }
        if document.max_turns.is_some_and(|turns| turns == 0 || turns > TURNS_MAX) {
            return Err(format!("max_turns is from 1 to {TURNS_MAX}"));
        }
        Ok(Self {
            task_id: document.task_id,
            prompt,
            files,
            mounted,
            hidden,
            criteria,
            rubric,
            task_dir,
            max_turns: document.max_turns,
            use_docker: document.use_docker,
        })
    }
}

impl TaskFile {
    /// The criteria that a judge must decide.
    pub(super) fn judged(&self) -> impl Iterator<Item = &Item> {
        self.rubric.items().iter().filter(|item| item.kind == Kind::Judged)
    }

    /// The files that checks look into, without their content.
    pub(super) fn wanted(&self) -> Vec<BoxFile> {
        let path = |criterion: &Criterion| match criterion.check.as_ref()? {
            Check::File { path }
            | Check::Schema { path, .. }
            | Check::Exact { path, .. }
            | Check::Span { path, .. } => Some(BoxFile::new(path.clone(), Vec::new())),
            Check::Execution { .. } | Check::Judged => None,
        };
        self.criteria.iter().filter_map(path).collect()
    }
}

/// The files of a folder that lie beside the task, as [`with_mounted`] puts them into its file.
fn mounted(files: Vec<BoxFile>) -> Result<Vec<BoxFile>, String> {
    if files.len() > FILES_MAX {
        return Err(format!("{} files are mounted, at most {FILES_MAX}", files.len()));
    }
    match files.iter().find(|file| !is_inside(&file.path)) {
        Some(file) => Err(format!("the file {:?} lies outside the mounted folder", file.path)),
        None => Ok(files
            .into_iter()
            .map(|file| BoxFile { path: format!("{MOUNT}{}", file.path), bytes: file.bytes })
            .collect()),
    }
}

/// The text of a task's file with the files of a folder in it.
///
/// # Errors
/// The text is no JSON object.
pub(super) fn with_mounted(text: &[u8], files: &[BoxFile]) -> Result<Vec<u8>, String> {
    let mut document: serde_json::Map<String, Value> =
        serde_json::from_slice(text).map_err(|error| format!("the task's file cannot be read: {error}"))?;
    document
        .insert("mounted_files".to_owned(), serde_json::to_value(files).map_err(|error| error.to_string())?);
    serde_json::to_vec(&document).map_err(|error| error.to_string())
}

/// The agent's files: their paths may begin with the task's folder.
fn files(written: &BTreeMap<String, String>, task_dir: &str) -> Result<Vec<BoxFile>, String> {
    let prefix = format!("{}/", task_dir.trim_end_matches('/'));
    let inside = written
        .iter()
        .map(|(path, text)| (path.strip_prefix(&prefix).unwrap_or(path).to_owned(), text.clone()));
    files_of(&inside.collect())
}

fn files_of(written: &BTreeMap<String, String>) -> Result<Vec<BoxFile>, String> {
    if written.len() > FILES_MAX {
        return Err(format!("the task brings {} files, at most {FILES_MAX}", written.len()));
    }
    let file = |(path, text): (&String, &String)| {
        if is_inside(path) {
            Ok(BoxFile::new(path.clone(), text.clone()))
        } else {
            Err(format!("the file {path:?} lies outside the task's folder"))
        }
    };
    written.iter().map(file).collect()
}

/// Whether a path is relative and stays where it begins.
pub(super) fn is_inside(path: &str) -> bool {
    !path.is_empty() && path.split('/').all(|part| !matches!(part, "" | "." | "..") && !part.contains('\0'))
}

/// The lines of `rubric_text`: `+5|TYPE|criterion|justification`.
fn lines(text: &str) -> Result<Vec<Entry>, String> {
    let mut entries = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let odd = || format!("line {} of rubric_text is not +5|TYPE|criterion|justification", number + 1);
        let fields: Vec<&str> = line.splitn(4, '|').map(str::trim).collect();
        let [weight, kind, criterion, ..] = fields[..] else { return Err(odd()) };
        let weight: f64 = weight.trim_start_matches('+').parse().map_err(|_| odd())?;
        let message = Part { text: criterion.to_owned(), content: String::new() };
        // Types come again; criteria have names of their own.
        let again = entries.iter().filter(|entry: &&Entry| entry.name.starts_with(kind)).count();
        let name = if again == 0 { kind.to_owned() } else { format!("{kind}_{}", again + 1) };
        entries.push(Entry { name, weight, score: None, messages: vec![message], check: None });
    }
    Ok(entries)
}

fn criterion(entry: Entry) -> Result<Criterion, String> {
    let words = joined(&entry.messages);
    let check = match entry.check {
        Some(Check::Judged) => None,
        Some(check) => Some(check),
        None => Check::of_words(&entry.name, &words),
    };
    let kind = check.as_ref().map_or(Kind::Judged, Check::kind);
    let outcomes = outcomes(entry.score.as_ref(), entry.weight)
        .map_err(|what| format!("criterion {:?}: {what}", entry.name))?;
    let item = Item { name: entry.name, weight: entry.weight, kind, doc: words };
    Ok(Criterion { item, check, outcomes })
}

/// The shares of a weight that outcomes stand for; an outcome is a number of points, or an object that holds one.
fn outcomes(scoring: Option<&Scoring>, weight: f64) -> Result<Vec<f64>, String> {
    let Some(scoring) = scoring else { return Ok(Vec::new()) };
    let points = |outcome: &Value| -> Option<f64> {
        let held = ["score", "value", "points", "weight"].iter().find_map(|key| outcome.get(key)?.as_f64());
        outcome.as_f64().or(held)
    };
    let mut shares = Vec::new();
    for outcome in &scoring.outcomes {
        // An outcome that is only a label stands for all or nothing.
        if let Some(points) = points(outcome) {
            let share = points / weight;
            if !(0.0..=1.0).contains(&share) {
                return Err(format!("an outcome of {points} points lies outside its weight of {weight}"));
            }
            shares.push(share);
        }
    }
    shares.sort_by(f64::total_cmp);
    Ok(shares)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<TaskFile, String> {
        TaskFile::read(text.as_bytes())
    }

    fn refused(text: &str, what: &str) {
        let error = read(text).map(|_| ()).unwrap_err();
        assert!(error.contains(what), "{error}");
    }

    const PLAIN: &str = r#"{"task_id": "t", "prompt": [{"type": "text", "text": "Do it."}],
        "rubric_text": "+5|TYPE|The report names the leak.|why\n+2|NO_FILE|report.json exists|\n-3|STYLE|It is rude|",
        "task_files": {"/app/src/code.py": "x = 1\n"}, "use_docker": true, "max_turns": 7}"#;

    #[test]
    fn a_published_file_is_read_as_it_is() {
        let task = read(PLAIN).unwrap();
        assert_eq!(
            (task.max_turns, task.use_docker, task.files[0].path.as_str()),
            (Some(7), true, "src/code.py")
        );
        let kinds: Vec<Kind> = task.rubric.items().iter().map(|item| item.kind).collect();
        assert_eq!(kinds, [Kind::Judged, Kind::File, Kind::Judged]);
        assert_eq!(task.rubric.total(), 7.0);
    }

    #[test]
    fn bad_files_are_refused_in_one_sentence() {
        refused("{", "cannot be read");
        refused(&PLAIN.replace("+5|", "five|"), "line 1 of rubric_text");
        refused(
            &PLAIN.replace("\"max_turns\": 7", "\"total_possible\": 9"),
            "sum to 7, not to its total of 9",
        );
        refused(&PLAIN.replace("/app/src/code.py", "../code.py"), "lies outside the task's folder");
        refused(&PLAIN.replace("/app/src/code.py", "/etc/passwd"), "lies outside the task's folder");
        let with = |check: &str| {
            let rubric =
                format!(r#""rubrics": [{{"name": "a", "weight": 1, "check": {check}}}], "max_turns": 7"#);
            PLAIN.replace("\"max_turns\": 7", &rubric)
        };
        refused(&with(r#"{"kind": "guessed"}"#), "guessed");
        refused(&with(r#"{"kind": "execution", "probe": "no.py", "expect": {}}"#), "no.py");
    }

    #[test]
    fn outcomes_are_shares_of_a_weight() {
        let scoring = |text: &str| serde_json::from_str::<Scoring>(text).unwrap();
        let some = scoring(r#"{"type": "discrete", "outcomes": [{"label": "half", "score": 2}, 0, 4]}"#);
        assert_eq!(outcomes(Some(&some), 4.0).unwrap(), [0.0, 0.5, 1.0]);
        assert!(outcomes(Some(&scoring(r#"{"outcomes": [5]}"#)), 4.0).is_err());
    }
}
