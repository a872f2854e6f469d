//! Episode: one folded transcript: what was said, called and observed, what was changed, the verdict and why.

use std::fmt::Write as _;

use envy_core::{Brief, Message, Record, Turn, Verdict};
use serde_json::Value;

use super::changes;
use super::html::{cut, text};

/// An episode, in about `bytes_max` bytes.
pub(super) fn episode(number: u32, record: &Record, brief: Option<&Brief>, bytes_max: usize) -> String {
    let mut room = Room { left: bytes_max };
    let (class, outcome) = match &record.verdict {
        Verdict::Void(_) => ("warn", "void".to_owned()),
        Verdict::Graded(score) => match record.integrity.counted(score.reward, score.passed) {
            _ if record.integrity.is_filtered() => ("warn", "left out".to_owned()),
            (reward, true) => ("good", format!("passed, reward {reward:.3}")),
            (reward, false) => ("bad", format!("not passed, reward {reward:.3}")),
        },
    };
    let mut html = format!(
        "<details><summary>{number} {} on {}, rollout {}: <span class={class}>{outcome}</span></summary><div>",
        text(&record.episode.model),
        text(record.task.short()),
        record.rollout
    );
    // What matters most comes first, so that a small page still has it.
    html += &verdict(&record.verdict, &mut room);
    html += &integrity(record, &mut room);
    html += &work(record, brief, &mut room);
    for (index, turn) in record.trajectory.turns.iter().enumerate() {
        html +=
            &said(&format!("turn {}, {:.1} s", index + 1, (turn.model_ms + turn.tools_ms) as f64 / 1_000.0));
        html += &turn_of(turn, &mut room);
    }
    if record.rollout == 0 {
        for message in &record.trajectory.opening {
            let (who, words) = match message {
                Message::System { text } => ("system", text),
                Message::User { text } => ("user", text),
                Message::Assistant(_) | Message::Tools { .. } => continue,
            };
            let words = room.block(words);
            let _ = write!(html, "<details><summary class=soft>{who}</summary><div>{words}</div></details>");
        }
    }
    html += "</div></details>";
    html
}

/// What is left of an episode's bytes.
struct Room {
    left: usize,
}

impl Room {
    /// The share of the room that one block of text may take.
    const SHARE: usize = 3;

    /// A block as it is written: cut to a third of what is left.
    fn block(&mut self, words: &str) -> String {
        if words.trim().is_empty() {
            return String::new();
        }
        let shown = cut(words.trim_end(), (self.left / Self::SHARE).max(80));
        self.left = self.left.saturating_sub(shown.len());
        format!("<pre>{}</pre>", text(&shown))
    }
}

fn said(who: &str) -> String {
    format!("<p class=said>{}</p>", text(who))
}

fn verdict(verdict: &Verdict, room: &mut Room) -> String {
    let score = match verdict {
        Verdict::Void(fault) => return room.block(&format!("{:?}: {}", fault.kind, fault.detail)),
        Verdict::Graded(score) => score,
    };
    let mut lines = String::new();
    for criterion in &score.criteria {
        let met = if criterion.met { "yes" } else { "no " };
        let _ = writeln!(lines, "[{met}] {}: {}", criterion.name, criterion.detail);
    }
    for (name, value) in &score.metrics {
        let _ = writeln!(lines, "{name} {value:.4}");
    }
    for flag in &score.flags {
        let _ = writeln!(lines, "flag {}: {}", flag.name, flag.evidence);
    }
    room.block(&lines)
}

/// What was seen of cheating, with its places.
fn integrity(record: &Record, room: &mut Room) -> String {
    let mut lines = String::new();
    for flag in &record.integrity.flags {
        let weight = if flag.kind.is_breach() { "breach" } else { "sign" };
        let _ = writeln!(lines, "{weight} {}: {} [{}]", flag.kind, flag.detail, flag.place());
    }
    if lines.is_empty() {
        return lines;
    }
    said(&format!("integrity, mode {}", record.integrity.mode)) + &room.block(&lines)
}

/// What the episode changed: cells of a table, lines of files; files that are new are only named.
fn work(record: &Record, brief: Option<&Brief>, room: &mut Room) -> String {
    let mut html = String::new();
    if let Some(table) = brief.and_then(|brief| changes::cells(brief, record, room.left)) {
        room.left = room.left.saturating_sub(table.len());
        html += &table;
    }
    for file in &record.submission.files {
        let difference = brief.and_then(|brief| changes::lines(brief, &file.path, &file.bytes));
        match difference.filter(|difference| difference.len() < room.left) {
            Some(difference) => {
                room.left -= difference.len();
                html += &difference;
            }
            None => {
                let _ = write!(
                    html,
                    "<p class=soft>submitted {}, {} bytes</p>",
                    text(&file.path),
                    file.bytes.len()
                );
            }
        }
    }
    html
}

fn turn_of(turn: &Turn, room: &mut Room) -> String {
    let mut html = room.block(&turn.reply.text);
    for call in &turn.reply.calls {
        let _ = write!(html, "<p class=soft>calls {}</p>", text(&call.name));
        html += &room.block(&arguments(&call.arguments));
    }
    for observation in &turn.observations {
        let what = if observation.is_error { "error" } else { "observes" };
        let _ = write!(html, "<p class=soft>{what}</p>{}", room.block(&observation.text));
    }
    html
}

/// Arguments as one reads them: texts with their line breaks.
fn arguments(arguments: &Value) -> String {
    let Value::Object(members) = arguments else {
        return if arguments.is_null() { String::new() } else { arguments.to_string() };
    };
    let line = |(name, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if value.contains('\n') { format!("{name}:\n{value}\n") } else { format!("{name}: {value}\n") }
    };
    members.iter().map(line).collect()
}
