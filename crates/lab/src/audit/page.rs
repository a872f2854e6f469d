//! Page: an audit as one HTML file that needs no network and no script.

use std::fmt::Write as _;
use std::path::Path;

use super::{Audit, Rung};
use crate::error::LabError;
use crate::page::html::{head, table, text};

/// Writes the page of an audit.
///
/// # Errors
/// The file cannot be written.
pub fn write(audit: &Audit, file: &Path) -> Result<(), LabError> {
    std::fs::write(file, page(audit)).map_err(|error| LabError::file("write", file, &error))
}

fn page(audit: &Audit) -> String {
    let mut html = head(&format!("Audit of {}", audit.environment));
    let (class, word) = if audit.holds() { ("good", "holds") } else { ("bad", "falls short") };
    let _ = write!(
        html,
        "<h1>Audit of {}: <span class={class}>{word}</span></h1><p class=soft>{} tasks, {} episodes</p>",
        text(&audit.environment),
        audit.tasks,
        audit.episodes
    );
    if !audit.note.is_empty() {
        let _ = write!(html, "<p>{}</p>", text(&audit.note));
    }
    html += &lines(audit);
    html += "<h2>Ladder</h2>";
    html += &rungs(&audit.ladder);
    html += "<h2>Cheats</h2>";
    html += &cheats(&audit.cheats);
    html += "<h2>Flags</h2>";
    html += &flags(audit);
    html + "</body></html>\n"
}

fn lines(audit: &Audit) -> String {
    let rows: Vec<Vec<String>> = audit
        .lines
        .iter()
        .map(|line| {
            let (class, word) = match line.holds {
                Some(true) => ("good", "holds"),
                Some(false) => ("bad", "falls short"),
                None => ("soft", "not checked"),
            };
            vec![
                text(line.name),
                format!("<span class={class}>{word}</span>"),
                text(line.asks),
                text(&line.detail),
            ]
        })
        .collect();
    table(&["line", "", "what it asks", "figures"].map(str::to_owned), &rows, 4)
}

fn figure(value: Option<f64>) -> String {
    value.map_or("-".to_owned(), |value| format!("{value:.3}"))
}

fn rungs(rungs: &[Rung]) -> String {
    let headers = ["policy", "what it does", "kind", "episodes", "voids", "pass rate", "mean", "most"];
    let rows: Vec<Vec<String>> = rungs
        .iter()
        .map(|rung| {
            let [low, high] = rung.pass_interval;
            let rate =
                rung.pass_rate.map_or("-".to_owned(), |rate| format!("{rate:.2} [{low:.2}, {high:.2}]"));
            vec![
                text(&rung.policy),
                text(&rung.doc),
                rung.kind.to_owned(),
                rung.episodes.to_string(),
                rung.voids.to_string(),
                rate,
                figure(rung.reward_mean),
                figure(rung.reward_max),
            ]
        })
        .collect();
    table(&headers.map(str::to_owned), &rows, 3)
}

fn cheats(cheats: &[Rung]) -> String {
    let headers = ["cheat", "holes", "what stops it", "flags raised", "caught", "episodes", "most"];
    let rows: Vec<Vec<String>> = cheats
        .iter()
        .map(|rung| {
            let flags: Vec<String> =
                rung.flags.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
            let caught = if rung.expected.is_empty() { "-".to_owned() } else { rung.caught.to_string() };
            vec![
                text(&rung.policy),
                rung.holes.join(" "),
                text(rung.mechanism),
                text(&flags.join(", ")),
                caught,
                rung.episodes.to_string(),
                figure(rung.reward_max),
            ]
        })
        .collect();
    table(&headers.map(str::to_owned), &rows, 4)
}

fn flags(audit: &Audit) -> String {
    let headers = [
        "flag",
        "raised by cheats that should",
        "false alarms on the reference",
        "on other honest policies",
        "raised by partial skill",
    ];
    let rows: Vec<Vec<String>> = audit
        .detection
        .iter()
        .map(|(kind, found)| {
            vec![
                kind.to_string(),
                format!("{} of {}", found.raised, found.expected),
                format!("{} of {}", found.reference_alarms, found.reference),
                format!("{} of {}", found.honest_alarms, found.honest),
                format!("{} of {}", found.partial_alarms, found.partial),
            ]
        })
        .collect();
    table(&headers.map(str::to_owned), &rows, 1)
}
