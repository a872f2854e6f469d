//! Episode: one folded transcript: what was said, called and observed, what was changed, the verdict and why.

use std::fmt::Write as _;

use envy_core::{Message, Record, Turn, Verdict};
use serde_json::Value;

use super::changes::Visible;
use super::charts;
use super::html::{cut, text};

/// Bytes of one reason or one piece of evidence.
const TOLD_MAX: usize = 300;

/// An episode, in about `bytes_max` bytes.
pub(super) fn episode(number: u32, record: &Record, visible: Option<&Visible>, bytes_max: usize) -> String {
    let mut room = Room { left: bytes_max };
    let (class, outcome) = match &record.verdict {
        Verdict::Void(_) => ("warn", "void".to_owned()),
        Verdict::Graded(score) => match record.integrity.counted(score.reward, score.passed) {
            _ if record.integrity.is_filtered() => ("warn", "left out".to_owned()),
            (reward, true) => ("good", format!("passed, reward {reward:.3}")),
            (reward, false) => ("bad", format!("not passed, reward {reward:.3}")),
        },
    };
    let flags = record.verdict.score().map_or(0, |score| score.flags.len()) + record.integrity.flags.len();
    let flagged = if flags > 0 { " <span class=warn>flagged</span>" } else { "" };
    // A link to something inside unfolds what it lies in.
    let mut html = format!(
        "<details><summary>{number} {} on {}, rollout {}: <span class={class}>{outcome}</span>{flagged}\
         </summary><div id=e{number} class=episode>",
        text(&record.episode.model),
        text(record.task.short()),
        record.rollout
    );
    // What matters most comes first, so that a small page still has it.
    html += &verdict(&record.verdict, &mut room);
    html += &integrity(record, &mut room);
    html += &work(record, visible, &mut room);
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
        self.take(&shown);
        format!("<pre>{}</pre>", text(&shown))
    }

    /// Uses room up.
    fn take(&mut self, html: &str) {
        self.left = self.left.saturating_sub(html.len());
    }
}

fn said(who: &str) -> String {
    format!("<p class=said>{}</p>", text(who))
}

/// The verdict: signs of cheating or breakage first, then each point with its reason, then the figures.
fn verdict(verdict: &Verdict, room: &mut Room) -> String {
    let score = match verdict {
        Verdict::Void(fault) => return room.block(&format!("{:?}: {}", fault.kind, fault.detail)),
        Verdict::Graded(score) => score,
    };
    let mut html = String::new();
    for flag in &score.flags {
        let _ = write!(
            html,
            "<p class=flag><b>flag {}</b> {}</p>",
            text(&flag.name),
            text(&cut(&flag.evidence, TOLD_MAX))
        );
    }
    html += "<ul class=points>";
    for criterion in &score.criteria {
        let (class, met) = if criterion.met { ("good", "met") } else { ("bad", "not met") };
        let _ = write!(
            html,
            "<li><b class={class}>{met}</b> {} <span class=soft>{}</span></li>",
            text(&criterion.name),
            text(&cut(&criterion.detail, TOLD_MAX))
        );
    }
    html += "</ul>";
    let figures = score.metrics.iter().filter(|(name, _)| !charts::is_bin(name));
    let figures: Vec<String> =
        figures.map(|(name, value)| format!("<span>{} {value:.4}</span>", text(name))).collect();
    if !figures.is_empty() {
        let _ = write!(
            html,
            "<details><summary class=soft>figures</summary><div class=\"soft figures\">{}</div></details>",
            figures.join(" ")
        );
    }
    room.take(&html);
    let chart = charts::reliability("Claimed and true chances", &[&score.metrics]);
    if let Some(chart) = chart.filter(|chart| room.left > chart.len()) {
        room.take(&chart);
        let _ = write!(html, "<div class=charts>{chart}</div>");
    }
    html
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

/// What the episode changed: cells of a table, lines of files, and the places that it names; files that are new are only
/// named themselves.
fn work(record: &Record, visible: Option<&Visible>, room: &mut Room) -> String {
    let mut html = String::new();
    if let Some(table) = visible.and_then(|visible| visible.cells(record, room.left)) {
        room.take(&table);
        html += &table;
    }
    for file in &record.submission.files {
        let shown = visible.and_then(|visible| {
            visible.lines(&file.path, &file.bytes).or_else(|| visible.named(&file.path, &file.bytes))
        });
        match shown.filter(|shown| shown.len() < room.left) {
            Some(shown) => {
                room.take(&shown);
                html += &shown;
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
