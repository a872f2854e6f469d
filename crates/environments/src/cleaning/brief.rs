//! The visible half: the export, the schema, the data dictionary, the change log and the driver.

use std::fmt::Write as _;

use envy_core::{BoxFile, Brief, Rng, Seed};
use envy_tabular::population::REFERENCE_PROBABILITIES;
use envy_tabular::time::{DAY_S, write_iso};
use envy_tabular::{Event, Evidence, Field, Ledger, Reference, Role};

use super::facts::Facts;
use super::files::{CHANGES, DRIVER, README, SCHEMA, TRAIN};
use super::grade::DRIVER_SOURCE;
use super::schema::TableSchema;

/// Days before the first row in which the notes were taken.
const NOTE_DAYS: usize = 60;

/// What is noted of a source that is as it always was.
const ROUTINE: &[&str] = &[
    "yearly inspection, no findings",
    "new staff trained on the existing form",
    "instruments cleaned and checked, nothing changed",
    "network outage, records were kept on paper and entered the same evening",
    "contact person changed",
    "backup tested, restored without loss",
];

/// What is noted of a source with a fault when the notes are to hint only.
const HINTS: &[&str] = &[
    "records come from a new system since this week",
    "a new release of the recording software was installed",
    "export rewritten by the local team",
    "device replaced, settings taken over by hand",
];

/// What the data is about, for the data dictionary.
pub(super) struct About<'a> {
    /// A heading.
    pub(super) title: &'a str,
    /// What one row is and who records it.
    pub(super) doc: &'a str,
    /// Every column.
    pub(super) fields: &'a [Field],
    /// Quantiles of clean rows.
    pub(super) references: &'a [Reference],
    /// When the first row was recorded, seconds since 1970.
    pub(super) begins: i64,
}

/// The visible half of a task.
pub(super) fn brief(about: &About, export: Vec<u8>, notes: &[String], facts: &Facts) -> Brief {
    let schema = TableSchema::new("train", about.fields, about.references);
    Brief {
        environment: "cleaning".to_owned(),
        title: about.title.to_owned(),
        files: vec![
            BoxFile::new(TRAIN, export),
            BoxFile::new(SCHEMA, schema.write()),
            BoxFile::new(README, readme(about, facts.certified)),
            BoxFile::new(CHANGES, notes.join("\n") + "\n"),
            BoxFile::new(DRIVER, DRIVER_SOURCE),
        ],
        collect: vec!["*.py".to_owned()],
        facts: facts.write(),
    }
}

/// The lines of the change log: what is told of the faults, and routine of the other sources, in the order of time.
pub(super) fn notes(seed: &Seed, ledger: &Ledger, about: &About, explicit: bool) -> Vec<String> {
    let mut rng = seed.derive("notes").rng();
    let mut lines: Vec<(i64, String)> = Vec::new();
    for event in &ledger.events {
        let day = day(&mut rng, about.begins);
        if explicit {
            lines.extend(told(event).map(|line| (day, line.to_owned())));
        } else {
            lines.push((day, format!("{}: {}", event.source, rng.pick(HINTS))));
        }
    }
    let sources =
        about.fields.iter().find(|field| field.role == Role::Source).map_or(&[][..], |field| &field.levels);
    let is_bad = |source: &String| ledger.events.iter().any(|event| event.source == *source);
    for source in sources.iter().filter(|source| !is_bad(source)) {
        lines.push((day(&mut rng, about.begins), format!("{source}: {}", rng.pick(ROUTINE))));
    }
    lines.sort();
    lines.into_iter().map(|(day, line)| format!("{} {line}", &write_iso(day)[..10])).collect()
}

/// What an event's evidence has to tell.
fn told(event: &Event) -> impl Iterator<Item = &str> {
    event.evidence.iter().filter_map(|evidence| match evidence {
        Evidence::LogLine { line, .. } => Some(line.as_str()),
        _ => None,
    })
}

fn day(rng: &mut Rng, begins: i64) -> i64 {
    begins - (1 + rng.below(NOTE_DAYS) as i64) * DAY_S
}

fn readme(about: &About, certified: bool) -> String {
    let mut text = format!("# {}\n\n{}\n\n## Columns\n\n", about.title, about.doc);
    text.push_str("| column | type | unit | legal range | what it is |\n|---|---|---|---|---|\n");
    for field in about.fields {
        let range = field.range.map_or(String::new(), |(low, high)| format!("{low} to {high}"));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {range} | {} |",
            field.name,
            field.kind.word(),
            field.unit,
            field.doc
        );
    }
    text.push_str(&details(about.fields));
    if !about.references.is_empty() {
        text.push_str(&references(about.references));
    }
    text.push_str(
        "\n## Sources\n\nEvery row names the source that recorded it. Sources run their own devices, forms and exports; \
         what changes at one of them is noted in `logs/changes.log`. The levels of every category and the units that \
         are in use beside the official ones stand in `schema.json`.\n",
    );
    if !certified {
        text.push_str(
            "\n## Grading\n\nThis task has no certificate: its faults cost a model too little accuracy to be measured. It is \
             graded on repaired cells (F1) and damage alone.\n",
        );
    }
    text
}

/// Formulas, dependences and other units.
fn details(fields: &[Field]) -> String {
    let mut text = String::new();
    for field in fields {
        if let Some(formula) = &field.formula {
            let digits = formula.decimals;
            let _ = writeln!(text, "- `{}` = {}, rounded to {digits} digits", field.name, formula.text());
        }
        if let Some(determined) = &field.determined {
            let _ = writeln!(text, "- `{}` follows from `{}`", field.name, determined.by);
        }
        if !field.units.is_empty() {
            let names: Vec<&str> = field.units.iter().map(|unit| unit.name.as_str()).collect();
            let _ = writeln!(text, "- `{}` is also reported in {} elsewhere", field.name, names.join(", "));
        }
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

fn references(references: &[Reference]) -> String {
    let mut text = String::from("\n## Reference quantiles of audited rows\n\n| column |");
    for share in REFERENCE_PROBABILITIES {
        let _ = write!(text, " {share} |");
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(REFERENCE_PROBABILITIES.len()));
    for reference in references {
        let _ = write!(text, "\n| {} |", reference.column);
        for quantile in reference.quantiles {
            let _ = write!(text, " {quantile} |");
        }
    }
    text.push('\n');
    text
}
