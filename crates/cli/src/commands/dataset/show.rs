//! `envy dataset show`.

use std::fmt::Write as _;

use envy_core::EpisodeSpec;
use envy_lab::dataset::{ColumnSummary, CorruptionSummary, Shown, Summary, prompt, show};
use serde_json::{Value, json};

use crate::fail::Failure;
use crate::output;
use crate::session::Session;

/// Show a dataset to its owner: columns, what was corrupted and how much, headroom, certificate.
///
/// This names what is hidden from agents.
#[derive(Debug, clap::Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(crate) struct Args {
    /// Ids, beginnings of ids, sets or folders.
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// Print the first messages of an episode instead, as its model reads them.
    #[arg(long)]
    prompt: bool,
    /// The messages on this track of the environment.
    #[arg(long, value_name = "NAME", requires = "prompt")]
    track: Option<String>,
    /// The messages with the packages of `envy eval --slow`.
    #[arg(long, requires = "prompt")]
    slow: bool,
    /// The messages of `envy eval --expert`, where a model plays for it.
    #[arg(long, requires = "prompt")]
    expert: bool,
    /// Print one JSON object for a single task, a list of them for several.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let session = Session::start()?;
    let library = session.library();
    if args.prompt {
        return prompts(&session, args);
    }
    let mut shown = Vec::new();
    for id in &args.ids {
        for task in library.find(id)? {
            let environment = session.registry.environment(&task.manifest().environment)?;
            shown.push(show(environment, &task)?);
        }
    }
    match (&shown[..], args.json) {
        ([one], true) => output::json(one),
        (all, true) => output::json(&all),
        (all, false) => output::print(&all.iter().map(text).collect::<Vec<_>>().join("\n")),
    }
}

/// Prints the first messages of an episode on each task.
fn prompts(session: &Session, args: &Args) -> Result<(), Failure> {
    let mut prompts = Vec::new();
    for id in &args.ids {
        for task in session.library().find(id)? {
            let environment = session.registry.environment(&task.manifest().environment)?;
            let mut episode = EpisodeSpec { slow: args.slow, expert: args.expert, ..EpisodeSpec::new("") };
            episode.track = args.track.clone().unwrap_or(episode.track);
            let (system, user) = prompt(environment, &task, &episode)?;
            prompts
                .push(json!({"schema": "envy.prompt/1", "task": task.id(), "system": system, "user": user}));
        }
    }
    let text = |shown: &Value| {
        let part =
            |name: &str| format!("--- {name}\n{}\n", shown[name].as_str().unwrap_or_default().trim_end());
        part("system") + &part("user")
    };
    match (&prompts[..], args.json) {
        ([one], true) => output::json(one),
        (all, true) => output::json(&all),
        (all, false) => output::print(&all.iter().map(text).collect::<Vec<_>>().join("\n")),
    }
}

fn text(shown: &Shown) -> String {
    let mut text = String::new();
    let mut put = |line: std::fmt::Arguments<'_>| {
        // A string takes every line.
        let _ = writeln!(text, "{line}");
    };
    put(format_args!("{}  {}", shown.id, shown.title));
    put(format_args!("folder       {}", shown.folder.display()));
    put(format_args!(
        "made by      {} {}, seed {}, salt {}",
        shown.environment, shown.generator, shown.seed, shown.salt
    ));
    if let Some(table) = &shown.table {
        put(format_args!("own table    {table}"));
    }
    // A label function that somebody wrote has many lines; the hidden half holds it.
    let said = |value: &str| match value.lines().count() {
        0 | 1 => value.to_owned(),
        lines => format!("({lines} lines)"),
    };
    let knobs: Vec<String> =
        shown.knobs.iter().map(|(name, value)| format!("{name} {}", said(&value.to_string()))).collect();
    put(format_args!("knobs        {}", knobs.join(", ")));
    let certificate = &shown.certificate;
    let note = if certificate.note.is_empty() { String::new() } else { format!(": {}", certificate.note) };
    put(format_args!("certified    {}{note}", if certificate.certified { "yes" } else { "no" }));
    let rejected: Vec<String> =
        shown.rejected.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let rejected = if rejected.is_empty() { "no candidate".to_owned() } else { rejected.join(", ") };
    put(format_args!("rejected     {rejected}"));
    for note in &shown.notes {
        put(format_args!("note         {note}"));
    }
    let figures = certificate.figures.iter().map(|(name, value)| vec![name.clone(), format!("{value:.4}")]);
    put(format_args!("\n{}", output::table(&["figure", "value"], figures.collect(), 1).trim_end()));
    for table in &shown.tables {
        put(format_args!("\n{}: {} rows{}", table.file, table.rows, table.note));
        let columns = table.columns.iter().map(column).collect();
        put(format_args!(
            "{}",
            output::table(&["column", "missing", "distinct", "values"], columns, usize::MAX).trim_end()
        ));
    }
    if !shown.corruptions.is_empty() {
        let rows = shown.corruptions.iter().map(corruption).collect();
        let headers = ["corruption", "class", "where", "sources", "columns", "events", "cells", "rows added"];
        put(format_args!("\n{}", output::table(&headers, rows, 5).trim_end()));
    }
    if !shown.scores.is_empty() {
        let rows =
            shown.scores.iter().map(|(name, doc)| vec![(*name).to_owned(), (*doc).to_owned()]).collect();
        put(format_args!("\n{}", output::table(&["score", "what it says"], rows, usize::MAX).trim_end()));
    }
    text
}

fn column(column: &ColumnSummary) -> Vec<String> {
    let values = match &column.values {
        Summary::Numbers { min, median, max, unreadable: 0 } => format!("{min} .. {median} .. {max}"),
        Summary::Numbers { min, median, max, unreadable } => {
            format!("{min} .. {median} .. {max}, {unreadable} unreadable")
        }
        Summary::Text { frequent } => {
            frequent.iter().map(|(value, count)| format!("{value} ({count})")).collect::<Vec<_>>().join(", ")
        }
    };
    vec![column.name.clone(), column.missing.to_string(), column.distinct.to_string(), values]
}

fn corruption(summary: &CorruptionSummary) -> Vec<String> {
    let joined = |set: &std::collections::BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
    vec![
        summary.operator.clone(),
        summary.class.clone(),
        joined(&summary.mechanisms),
        joined(&summary.sources),
        joined(&summary.columns),
        summary.events.to_string(),
        summary.cells.to_string(),
        summary.rows_added.to_string(),
    ]
}
