//! Transcripts: an episode as a person reads it.

use std::fmt::Write as _;

use envy_core::{End, Message, Observation, Record, Reply, Verdict};
use serde_json::Value;

use crate::output;

/// A reply's tool calls and text, indented.
pub(crate) fn reply(reply: &Reply) -> String {
    let mut text = String::new();
    if !reply.text.trim().is_empty() {
        text += &indented(reply.text.trim());
    }
    for call in &reply.calls {
        let _ = writeln!(text, "  -> {}", call.name);
        match &call.arguments {
            Value::Object(arguments) => {
                for (name, value) in arguments {
                    text += &indented(&format!(
                        "{name}: {}",
                        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
                    ));
                }
            }
            Value::Null => {}
            other => text += &indented(&other.to_string()),
        }
    }
    if reply.truncated {
        text += "  (cut at the token limit)\n";
    }
    text
}

/// What tool calls brought, indented.
pub(crate) fn observations(observations: &[Observation]) -> String {
    let mut text = String::new();
    for observation in observations {
        let _ = writeln!(text, "  <- {}", if observation.is_error { "error" } else { "ok" });
        text += &indented(observation.text.trim_end());
    }
    text
}

/// The verdict with all that it is made of.
pub(crate) fn verdict(verdict: &Verdict) -> String {
    let mut text = String::new();
    match verdict {
        Verdict::Void(fault) => {
            let _ = writeln!(text, "void, fault of {}: {}", output::word(&fault.kind), fault.detail);
        }
        Verdict::Graded(score) => {
            let passed = if score.passed { "passed" } else { "not passed" };
            let _ = writeln!(text, "reward {:.4}, {passed}", score.reward);
            for (name, value) in &score.metrics {
                let _ = writeln!(text, "  {name:<24} {value:.4}");
            }
            for criterion in &score.criteria {
                let met = if criterion.met { "yes" } else { "no " };
                let _ = writeln!(text, "  [{met}] {}: {}", criterion.name, criterion.detail);
            }
            for flag in &score.flags {
                let _ = writeln!(text, "  flag {}: {}", flag.name, flag.evidence);
            }
        }
    }
    text
}

/// The whole episode.
pub(crate) fn text(record: &Record) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{} on {}, rollout {}", record.episode.model, record.task, record.rollout);
    for message in &record.trajectory.opening {
        let (who, said) = match message {
            Message::System { text } => ("system", text.as_str()),
            Message::User { text } => ("user", text.as_str()),
            Message::Assistant(_) | Message::Tools { .. } => continue,
        };
        let _ = writeln!(text, "\n--- {who}\n{}", said.trim_end());
    }
    for (number, turn) in record.trajectory.turns.iter().enumerate() {
        let seconds = (turn.model_ms + turn.tools_ms) as f64 / 1_000.0;
        let _ = writeln!(text, "\n--- turn {} ({seconds:.1} s)", number + 1);
        text += &reply(&turn.reply);
        text += &observations(&turn.observations);
    }
    let seconds = record.wall_ms as f64 / 1_000.0;
    let _ = writeln!(
        text,
        "\n--- end: {} after {} turns, {} probes, {seconds:.1} s in {}",
        end(record.end),
        record.trajectory.turns.len(),
        record.probes,
        record.sandbox
    );
    for file in &record.submission.files {
        let _ = writeln!(text, "submitted {} ({} bytes)", file.path, file.bytes.len());
    }
    for (name, note) in &record.notes {
        let _ = writeln!(text, "{name}: {note}");
    }
    text += &verdict(&record.verdict);
    text += &integrity(record);
    text
}

/// What was seen of cheating, and what it does to the score.
fn integrity(record: &Record) -> String {
    let (seen, mut text) = (&record.integrity, String::new());
    for flag in &seen.flags {
        let weight = if flag.kind.is_breach() { "breach" } else { "sign" };
        let _ = writeln!(text, "  {weight} {}: {} [{}]", flag.kind, flag.detail, flag.place());
    }
    let counted =
        record.verdict.score().map(|score| (score.reward, seen.counted(score.reward, score.passed).0));
    match counted {
        _ if seen.is_filtered() => text += "left out of every figure (--integrity filter)\n",
        Some((reward, counts)) if counts < reward => {
            let why = if seen.blocked { "the review blocked it" } else { "--integrity penalise" };
            let _ = writeln!(text, "counts as reward {counts:.4} ({why})");
        }
        _ => {}
    }
    text
}

/// Why an episode ended, in words.
pub(crate) fn end(end: End) -> &'static str {
    match end {
        End::Submitted => "submitted",
        End::TurnLimit => "turn limit",
        End::TokenLimit => "token limit",
        End::CostLimit => "cost limit",
        End::TimeLimit => "time limit",
        End::GaveUp => "gave up",
        End::Fault => "fault",
    }
}

fn indented(text: &str) -> String {
    let mut indented = String::new();
    for line in text.lines() {
        indented.push_str("     ");
        indented.push_str(line);
        indented.push('\n');
    }
    indented
}
