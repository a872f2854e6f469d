//! `task-results`: the files of the published task format: `result_*.json` for each episode, and `summary.json`.

use std::path::Path;

use envy_core::{Criterion, Verdict};
use serde_json::{Value, json};

use super::{Episode, Exported, RunExport, Source};
use crate::error::LabError;

pub(super) struct Results;

impl RunExport for Results {
    fn name(&self) -> &'static str {
        "task-results"
    }

    fn doc(&self) -> &'static str {
        "The published task format's results: result_*.json for each episode, and summary.json."
    }

    fn write(&self, source: &Source<'_>, out: &Path) -> Result<Exported, LabError> {
        let mut exported = Exported::default();
        let mut rows = Vec::new();
        for tally in source.tallies()? {
            let episode = source.episode(tally.number)?;
            let result = result(&episode);
            let path = out.join(format!("result_{}_{:04}.json", episode.record.task.short(), episode.number));
            write(&path, &result)?;
            rows.push(json!({
                "task_id": result["task_id"],
                "model": result["model"],
                "score": result["evaluation"]["score"],
                "total_possible": result["evaluation"]["total_possible"],
                "percentage": result["evaluation"]["percentage"],
                "file": path.file_name().map(|name| name.to_string_lossy().into_owned()),
            }));
            exported.files.push(path);
            exported.episodes += 1;
        }
        let path = out.join("summary.json");
        write(&path, &summary(source, &rows))?;
        exported.files.push(path);
        Ok(exported)
    }
}

fn write(path: &Path, document: &Value) -> Result<(), LabError> {
    let text = format!("{document:#}\n");
    std::fs::write(path, text).map_err(|error| LabError::file("write", path, &error))
}

/// One episode. A void has no evaluation: it says whose fault it was.
fn result(episode: &Episode) -> Value {
    let record = &episode.record;
    let turns = &record.trajectory.turns;
    let said = turns.iter().rev().map(|turn| turn.reply.text.as_str()).find(|text| !text.is_empty());
    let answer = record.submission.answer.get("final_answer").and_then(Value::as_str).or(said);
    let errors: Vec<&str> = turns
        .iter()
        .flat_map(|turn| &turn.observations)
        .filter(|seen| seen.is_error)
        .map(|seen| seen.text.as_str())
        .collect();
    json!({
        "schema": "envy.task-result/1",
        "task_id": record.task,
        "model": record.episode.model,
        "answer": answer.unwrap_or_default(),
        "metadata": {
            "turns": turns.len(),
            "tool_calls": turns.iter().map(|turn| turn.reply.calls.len()).sum::<usize>(),
            "errors": errors,
            "end": record.end,
            "rollout": record.rollout,
        },
        "evaluation": evaluation(&record.verdict),
        "integrity": record.integrity,
    })
}

fn evaluation(verdict: &Verdict) -> Value {
    let score = match verdict {
        Verdict::Graded(score) => score,
        Verdict::Void(fault) => return json!({"void": fault}),
    };
    let metric = |names: [&str; 2]| names.iter().find_map(|name| score.metrics.get(*name)).copied();
    let (points, possible) = match (metric(["points", "points"]), metric(["possible", "points_offered"])) {
        (Some(points), Some(possible)) => (points, possible),
        _ => (100.0 * score.reward, 100.0),
    };
    let line = |one: &Criterion| json!({"criterion": one.name, "passed": one.met, "reasoning": one.detail});
    json!({
        "score": points,
        "total_possible": possible,
        "percentage": 100.0 * score.reward,
        "passed": score.passed,
        "results": score.criteria.iter().map(line).collect::<Vec<_>>(),
    })
}

fn summary(source: &Source<'_>, rows: &[Value]) -> Value {
    let shares: Vec<f64> = rows.iter().filter_map(|row| row["percentage"].as_f64()).collect();
    let mean = if shares.is_empty() { None } else { Some(shares.iter().sum::<f64>() / shares.len() as f64) };
    json!({
        "schema": "envy.task-summary/1",
        "run": source.run,
        "total_tasks": source.plan.tasks.len(),
        "episodes": rows.len(),
        "graded": shares.len(),
        "average_percentage": mean,
        "results": rows,
    })
}
