//! Exports of runs: a file each. An export reads sealed records one by one, so that its memory does not grow with
//! the run, and writes nothing that a record does not hold.

mod atif;
mod columns;
mod inspect;
mod jsonl;
mod openenv_trace;
mod parquet;
mod results;
mod sft;
mod zip;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use envy_core::{EnvironmentInfo, Record, RunId, ToolCall, Turn};
use serde::Serialize;
use serde_json::{Value, json};

use crate::error::LabError;
use crate::store::{Plan, Reader, Tally};

/// A format that runs are exported in.
pub trait RunExport: Sync {
    /// The name, as on the command line.
    fn name(&self) -> &'static str;

    /// One sentence for people.
    fn doc(&self) -> &'static str;

    /// Writes the run into the folder `out`, which exists.
    ///
    /// # Errors
    /// A record cannot be read, or a file cannot be written.
    fn write(&self, source: &Source<'_>, out: &Path) -> Result<Exported, LabError>;
}

/// Every format.
pub const ALL: &[&dyn RunExport] = &[
    &atif::Atif,
    &inspect::Inspect,
    &jsonl::Jsonl,
    &openenv_trace::OpenenvTrace,
    &parquet::Parquet,
    &sft::Sft,
    &results::Results,
];

/// The template of new files, compiled where they would lie.
#[cfg(test)]
#[path = "../../../../xtask/templates/export.rs"]
mod template_name;
#[cfg(test)]
const _: &dyn RunExport = &template_name::Template;

/// A run to be exported.
pub struct Source<'a> {
    /// Where its records are.
    pub reader: &'a Reader,
    /// Its name.
    pub run: &'a RunId,
    /// What it was to do.
    pub plan: &'a Plan,
    /// Its environment.
    pub info: &'static EnvironmentInfo,
    /// Episodes with a smaller reward are left out, as are voids, where a bound is given.
    pub reward_min: Option<f64>,
}

/// What an export wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exported {
    /// The files, in order.
    pub files: Vec<PathBuf>,
    /// Episodes in them.
    pub episodes: usize,
}

/// A sealed episode on its way out.
struct Episode {
    number: u32,
    seal: String,
    record: Record,
}

impl Source<'_> {
    /// The episodes that count and that the bound lets through, in order; each is read when its turn comes.
    fn tallies(&self) -> Result<Vec<Tally>, LabError> {
        let mut tallies = self.reader.tallies(self.run)?;
        tallies.retain(|tally| !tally.outcome.filtered);
        if let Some(least) = self.reward_min {
            tallies.retain(|tally| tally.outcome.reward.is_some_and(|reward| reward >= least));
        }
        Ok(tallies)
    }

    fn episode(&self, number: u32) -> Result<Episode, LabError> {
        let sealed = self.reader.record(self.run, number)?;
        Ok(Episode { number, seal: sealed.seal, record: sealed.record })
    }

    /// Writes a line of JSON for each episode; `line` may leave one out.
    fn lines(&self, path: PathBuf, line: impl Fn(Episode) -> Option<Value>) -> Result<Exported, LabError> {
        let mut file =
            BufWriter::new(File::create(&path).map_err(|error| LabError::file("write", &path, &error))?);
        let mut episodes = 0;
        for tally in self.tallies()? {
            let Some(value) = line(self.episode(tally.number)?) else { continue };
            writeln!(file, "{value}").map_err(|error| LabError::file("write", &path, &error))?;
            episodes += 1;
        }
        file.flush().map_err(|error| LabError::file("write", &path, &error))?;
        Ok(Exported { files: vec![path], episodes })
    }
}

/// The calls of a turn with ids that differ: a scripted policy may use one twice.
fn calls(turn: &Turn) -> Vec<(String, &ToolCall)> {
    let mut named: Vec<(String, &ToolCall)> = Vec::with_capacity(turn.reply.calls.len());
    for (index, call) in turn.reply.calls.iter().enumerate() {
        let taken = call.id.is_empty() || named.iter().any(|(id, _)| *id == call.id);
        let id = if taken { format!("{}#{index}", call.id) } else { call.id.clone() };
        named.push((id, call));
    }
    named
}

/// A value that is written as one word.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Arguments as an object: what a model wrote that is none stands under `raw`.
fn arguments(call: &ToolCall) -> Value {
    if call.arguments.is_object() { call.arguments.clone() } else { json!({"raw": call.arguments}) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use envy_core::{Message, Observation, Reply, Tokens, Usage};

    use super::*;
    use crate::store::Store;
    use crate::testing::{self, Guess};
    use envy_core::Environment as _;

    /// A store with a run of three episodes: passed, failed, void.
    fn scene(home: &Path) -> (Arc<Store>, RunId, Plan) {
        let store = Arc::new(Store::open(&home.join("runs.sqlite")).unwrap());
        let plan = testing::plan();
        let run = store.begin(&plan).unwrap();
        for (number, reward) in [Some(0.9), Some(0.25), None].into_iter().enumerate() {
            let mut record = testing::record(number as u32, 0, reward);
            record.trajectory.opening = vec![
                Message::System { text: "rules".to_owned() },
                Message::User { text: "task \"quoted\"\n".to_owned() },
            ];
            let call =
                |arguments| ToolCall { id: "call".to_owned(), name: "read_file".to_owned(), arguments };
            let usage = Usage { prompt_tokens: 7, completion_tokens: 3, ..Usage::default() };
            let calls = vec![call(json!({"path": "x"})), call(json!("no object"))];
            let (prompt_ids, completion_ids) = (vec![5, 6], vec![7]);
            let tokens = Tokens { prompt_ids, completion_ids, logprobs: vec![-0.5], ..Tokens::default() };
            let seen = |text: &str, is_error| Observation {
                call: "call".to_owned(),
                text: text.to_owned(),
                is_error,
            };
            record.trajectory.turns = vec![Turn {
                reply: Reply {
                    text: "look".to_owned(),
                    calls,
                    usage,
                    tokens: Some(tokens),
                    ..Reply::default()
                },
                observations: vec![seen("found", false), seen("broken", true)],
                model_ms: 5,
                tools_ms: 6,
            }];
            store.seal(&run, number as u32, &record).unwrap();
        }
        (store, run, plan)
    }

    fn export(format: &dyn RunExport, reward_min: Option<f64>, out: &Path) -> Exported {
        let home = tempfile::tempdir().unwrap();
        let (store, run, plan) = scene(home.path());
        let reader = store.reader().unwrap();
        let source = Source { reader: &reader, run: &run, plan: &plan, info: Guess.info(), reward_min };
        format.write(&source, out).unwrap()
    }

    #[test]
    fn every_format_writes_its_files_and_keeps_to_the_bound() {
        for format in ALL {
            let out = tempfile::tempdir().unwrap();
            let exported = export(*format, Some(0.5), out.path());
            assert_eq!(exported.episodes, 1, "{}", format.name());
            assert!(exported.files.iter().all(|file| file.is_file()), "{}", format.name());
        }
        let mut names: Vec<&str> = ALL.iter().map(|format| format.name()).collect();
        names.dedup();
        assert!(names.is_sorted() && names.len() == ALL.len());
    }

    #[test]
    fn lines_hold_whole_records_and_chats_only_what_was_graded() {
        let out = tempfile::tempdir().unwrap();
        let lines = |format: &dyn RunExport| -> Vec<Value> {
            let exported = export(format, None, out.path());
            let text = std::fs::read_to_string(&exported.files[0]).unwrap();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        };
        let records = lines(&jsonl::Jsonl);
        assert_eq!(records.len(), 3);
        assert_eq!(records[2]["record"]["verdict"]["void"]["kind"], "sandbox");
        let chats = lines(&sft::Sft);
        assert_eq!(chats.len(), 2, "a void teaches nothing");
        let roles: Vec<&str> = chats[0]["messages"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["role"].as_str().unwrap())
            .collect();
        assert_eq!(roles, ["system", "user", "assistant", "tool", "tool"]);
        assert_eq!(chats[0]["messages"][2]["tool_calls"][1]["id"], "call#1");
    }

    #[test]
    fn traces_mask_what_the_model_did_not_write_and_need_every_token() {
        let out = tempfile::tempdir().unwrap();
        let exported = export(&openenv_trace::OpenenvTrace, None, out.path());
        assert_eq!(exported.episodes, 2, "a void teaches nothing");
        let text = std::fs::read_to_string(&exported.files[0]).unwrap();
        let line: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        let turn = &line["trace"]["turns"][0];
        assert_eq!((&turn["loss_mask"], &turn["per_token_logps"]), (&json!([0, 0, 1]), &json!([-0.5])));
        let home = tempfile::tempdir().unwrap();
        let store = Arc::new(Store::open(&home.path().join("runs.sqlite")).unwrap());
        let plan = testing::plan();
        let run = store.begin(&plan).unwrap();
        let mut record = testing::record(0, 0, Some(1.0));
        record.trajectory.turns =
            vec![Turn { reply: Reply::default(), observations: Vec::new(), model_ms: 0, tools_ms: 0 }];
        store.seal(&run, 0, &record).unwrap();
        let reader = store.reader().unwrap();
        let source = Source { reader: &reader, run: &run, plan: &plan, info: Guess.info(), reward_min: None };
        let error = openenv_trace::OpenenvTrace.write(&source, out.path()).unwrap_err();
        assert!(error.hint().contains("--base-url"), "{error}");
    }

    #[test]
    fn trajectories_count_their_steps_and_name_calls_of_their_own() {
        let out = tempfile::tempdir().unwrap();
        let exported = export(&atif::Atif, None, out.path());
        assert_eq!(exported.files.len(), 3);
        let text = std::fs::read_to_string(&exported.files[0]).unwrap();
        let trajectory: Value = serde_json::from_str(&text).unwrap();
        let steps = trajectory["steps"].as_array().unwrap();
        let numbers: Vec<u64> = steps.iter().filter_map(|step| step["step_id"].as_u64()).collect();
        assert_eq!(numbers, [1, 2, 3]);
        let results = steps[2]["observation"]["results"].as_array().unwrap();
        assert_eq!(results[1]["source_call_id"], steps[2]["tool_calls"][1]["tool_call_id"]);
        assert_eq!(steps[2]["tool_calls"][1]["arguments"]["raw"], "no object");
    }
}
