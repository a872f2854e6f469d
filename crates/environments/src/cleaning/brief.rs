//! The visible half: the export, the schema, the data dictionary, the change log and the driver.

use std::fmt::Write as _;

use envy_core::{BoxFile, Brief, Rng, Seed};
use envy_tabular::notes::write;
use envy_tabular::population::REFERENCE_PROBABILITIES;
use envy_tabular::{Field, Reference};

use super::facts::Facts;
use super::files::{CHANGES, DRIVER, README, SCHEMA, TRAIN};
use super::grade::DRIVER_SOURCE;
use super::menu;
use super::schema::TableSchema;

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
pub(super) fn brief(seed: &Seed, about: &About, export: Vec<u8>, notes: &[String], facts: &Facts) -> Brief {
    let schema = TableSchema::new("train", about.fields, about.references);
    Brief {
        environment: "cleaning".to_owned(),
        title: about.title.to_owned(),
        files: vec![
            BoxFile::new(TRAIN, export),
            BoxFile::new(SCHEMA, schema.write()),
            BoxFile::new(README, readme(seed, about, facts)),
            BoxFile::new(CHANGES, notes.join("\n") + "\n"),
            BoxFile::new(DRIVER, DRIVER_SOURCE),
        ],
        collect: vec!["*.py".to_owned(), menu::MODEL.to_owned()],
        facts: facts.write(),
    }
}

fn readme(seed: &Seed, about: &About, facts: &Facts) -> String {
    let mut rng = seed.derive("dictionary").rng();
    let mut text = format!("# {}\n\n{}\n\n## Columns\n\n", about.title, about.doc);
    text.push_str(&columns_table(about.fields));
    text.push_str(&details(&mut rng, about.fields));
    if !about.references.is_empty() {
        text.push_str(&references_table(about.references));
    }
    let _ =
        write!(text, "\n## Sources\n\nEvery row names the source that recorded it. {}\n", rng.pick(SOURCES));
    if facts.serve {
        text.push_str(
            "\n## Serving\n\n`serve.csv` is a batch of new rows of the same sources whose labels are wanted. It went wrong in \
             the same ways, and every record of it needs an answer: none may be left out.\n",
        );
    }
    if !facts.certified {
        text.push_str(
            "\n## Grading\n\nThis task has no certificate: its faults cost a model too little accuracy to be measured. It is \
             graded on repaired cells (F1) and damage alone.\n",
        );
    }
    text
}

/// How the dictionary says what its sources do.
const SOURCES: &[&str] = &[
    "Sources run their own devices, forms and exports; what changes at one of them is noted in `logs/changes.log`. Rows \
     stand in the order in which they were recorded. Where one record was sent more than once with other figures, the \
     last recorded one stands. The levels of every category and the units that are in use beside the official ones \
     stand in `schema.json`.",
    "No two sources share their devices or their export, and each keeps the central office informed of changes, which go \
     into `logs/changes.log`. The table is ordered by the time of recording. A record that was sent again with other \
     figures replaces the earlier one. `schema.json` lists every level of a category, and for each quantity the units \
     that are met beside the official one.",
    "Devices, forms and exports are each source's own business; `logs/changes.log` holds what was reported of them. Rows \
     are appended as they are recorded. If two versions of a record disagree, the later one is the right one. Levels and \
     other units in use are in `schema.json`.",
];

/// How it says that a column is computed.
const COMPUTED: &[&str] = &[
    "`{column}` = {formula}, rounded to {digits} digits",
    "`{column}` is computed as {formula} and kept to {digits} digits",
    "`{column}` follows from the row itself: {formula}, to {digits} digits",
];

/// How it says that one category determines another.
const DETERMINED: &[&str] = &[
    "`{column}` follows from `{by}`",
    "one `{by}` belongs to one `{column}`",
    "`{by}` determines `{column}`",
];

/// How it says in what other units a quantity is met.
const UNITS: &[&str] = &[
    "`{column}` is also reported in {units} elsewhere",
    "other instruments give `{column}` in {units}",
    "`{column}`: {units} are in use as well",
];

/// Formulas, dependences and other units.
fn details(rng: &mut Rng, fields: &[Field]) -> String {
    let mut text = String::new();
    let mut line = |rng: &mut Rng, phrasings: &[&str], values: &[(&str, &str)]| {
        let phrasing = phrasings[rng.below(phrasings.len())];
        let _ = writeln!(text, "- {}", write(phrasing, values));
    };
    for field in fields {
        let column = ("column", field.name.as_str());
        if let Some(formula) = &field.formula {
            let digits = formula.decimals.to_string();
            line(rng, COMPUTED, &[column, ("formula", &formula.text()), ("digits", &digits)]);
        }
        if let Some(determined) = &field.determined {
            line(rng, DETERMINED, &[column, ("by", &determined.by)]);
        }
        if !field.units.is_empty() {
            let names: Vec<&str> = field.units.iter().map(|unit| unit.name.as_str()).collect();
            line(rng, UNITS, &[column, ("units", &names.join(", "))]);
        }
    }
    if text.is_empty() { text } else { format!("\n{text}") }
}

/// Every column with its type, unit, legal range and meaning.
pub(super) fn columns_table(fields: &[Field]) -> String {
    let mut text =
        String::from("| column | type | unit | legal range | what it is |\n|---|---|---|---|---|\n");
    for field in fields {
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
    text
}

/// The quantiles of audited rows under a heading of their own.
pub(super) fn references_table(references: &[Reference]) -> String {
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
