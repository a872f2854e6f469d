//! The names of a task's files, and reading the hidden ones back.

use std::collections::BTreeMap;
use std::sync::Arc;

use envy_core::{Brief, Hidden};
use envy_tabular::ledger::Ledger;
use envy_tabular::{Field, RawLimits, RawTable, Role, Table, text};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::blame::Blame;
use super::cells::Truth;
use super::exam::Goal;
use super::features;
use super::fixed::FixedModel;
use super::serving::{FRESH_SERVE, SERVE, SERVE_TRUTH};
use super::shapes::{Fold, Folding};
use super::tally::{MODEL_SEEDS, Scale, Tally};

/// The export, in the brief and in every box.
pub(super) const TRAIN: &str = "train.csv";
/// The fields with their reference quantiles.
pub(super) const SCHEMA: &str = "schema.json";
/// The data dictionary.
pub(super) const README: &str = "README.md";
/// The change log of the sources.
pub(super) const CHANGES: &str = "logs/changes.log";
/// The program that runs the agent's code.
pub(super) const DRIVER: &str = "run_clean.py";
/// The agent's code.
pub(super) const CLEAN: &str = "clean.py";
/// What the driver writes.
pub(super) const CLEANED: &str = "cleaned.csv";

/// The true table of the given draw.
pub(super) const GOLDEN: &str = "golden.csv";
/// What was done to it.
pub(super) const LEDGER: &str = "ledger.jsonl";
/// Clean rows for the final score.
pub(super) const VAL: &str = "val.csv";
/// Clean rows for `eval_model`.
pub(super) const ORACLE: &str = "oracle.csv";
/// The label function.
pub(super) const DYNAMICS: &str = "dynamics.py";
/// Everything else, for the grader and for people.
pub(super) const META: &str = "meta.json";
/// The fresh draw: as it comes, as it should be, and what was done to it.
pub(super) const FRESH: [&str; 3] = ["fresh/train.csv", "fresh/golden.csv", "fresh/ledger.jsonl"];
/// The units of the fresh draw, where labels belong to units.
pub(super) const FRESH_UNITS: &str = "fresh/units.csv";

const META_SCHEMA: &str = "envy.cleaning-meta/1";

/// What the grader needs beside the tables.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Meta {
    /// Always `envy.cleaning-meta/1`.
    pub(super) schema: String,
    /// What the rows are about.
    pub(super) domain: String,
    /// Every column.
    pub(super) fields: Vec<Field>,
    /// The fixed model's name.
    pub(super) model: String,
    /// The recovery that a pass needs.
    pub(super) tau: f64,
    /// Accuracy is part of the score.
    pub(super) certified: bool,
    /// The clean rows of each draw are the true rows of the other: an own table has no generator.
    pub(super) cross_fitted: bool,
    /// The model is asked about a batch that is cleaned too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) serve: bool,
    /// Where labels belong to units: the columns of the table that went wrong, and how its rows become units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) folded: Option<Folded>,
    /// On each row of the clean set and for both draws, what the answers of the model's seeds are worth.
    pub(super) scales: [Written; 2],
}

/// A table whose rows become units before a model reads them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Folded {
    /// Its columns.
    pub(super) fields: Vec<Field>,
    /// How rows become units.
    pub(super) folding: Folding,
}

/// A [`Scale`] as text: a digit for each row, of numbers their points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Written {
    /// Trained on the true table.
    pub(super) golden: String,
    /// Trained on the table as it came.
    pub(super) corrupted: String,
}

impl Meta {
    /// The bytes of the file.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("meta is plain data");
        bytes.push(b'\n');
        bytes
    }

    /// The meta of a task of a drawn world, certified.
    pub(super) fn new(
        domain: &str,
        fields: &[Field],
        model: FixedModel,
        tau: f64,
        scales: &[Scale; 2],
    ) -> Self {
        let written =
            |scale: &Scale| Written { golden: scale.golden.encode(), corrupted: scale.corrupted.encode() };
        Self {
            schema: META_SCHEMA.to_owned(),
            domain: domain.to_owned(),
            fields: fields.to_vec(),
            model: model.name().to_owned(),
            tau,
            certified: true,
            cross_fitted: false,
            serve: false,
            folded: None,
            scales: scales.each_ref().map(written),
        }
    }

    /// The meta of a task of a user's own table; without scales it is not certified.
    pub(super) fn of_own_table(
        fields: &[Field],
        model: FixedModel,
        tau: f64,
        scales: Option<&[Scale; 2]>,
    ) -> Self {
        let none = [(); 2].map(|()| {
            let nothing = Tally::new(0, Goal::Classes(0));
            Scale { golden: nothing.clone(), corrupted: nothing }
        });
        let meta = Self::new("own-table", fields, model, tau, scales.unwrap_or(&none));
        Self { certified: scales.is_some(), cross_fitted: true, ..meta }
    }

    /// The scales.
    ///
    /// # Errors
    /// The digits are not those of a tally.
    pub(super) fn scales(&self) -> Result<[Scale; 2], String> {
        let target = self.fields.iter().find(|field| field.role == Role::Target);
        let goal = features::goal(target.ok_or("meta.json names no target")?);
        let tally =
            |text: &str| Tally::decode(text, MODEL_SEEDS, goal).ok_or("the scales of meta.json are damaged");
        let scale =
            |w: &Written| Ok::<_, &str>(Scale { golden: tally(&w.golden)?, corrupted: tally(&w.corrupted)? });
        Ok([scale(&self.scales[0])?, scale(&self.scales[1])?])
    }
}

/// Reads a hidden entry.
///
/// # Errors
/// It is not there.
pub(super) fn entry<'a>(hidden: &'a Hidden, name: &str) -> Result<&'a [u8], String> {
    hidden.get(name).ok_or_else(|| format!("the hidden half has no {name}"))
}

/// Reads a hidden JSON entry.
///
/// # Errors
/// It is not there, or is something else.
pub(super) fn json<T: DeserializeOwned>(hidden: &Hidden, name: &str) -> Result<T, String> {
    serde_json::from_slice(entry(hidden, name)?).map_err(|error| format!("{name} cannot be read: {error}"))
}

/// Reads a hidden clean table.
///
/// # Errors
/// It is not there, or its cells are not what the fields say.
pub(super) fn table(hidden: &Hidden, name: &str, fields: &[Field]) -> Result<Table, String> {
    let raw = raw(entry(hidden, name)?, name)?;
    text::read_table(fields, &raw).map_err(|error| format!("{name}: {error}"))
}

/// Reads a CSV of the task's own.
///
/// # Errors
/// It is no table.
pub(super) fn raw(bytes: &[u8], name: &str) -> Result<RawTable, String> {
    RawTable::read(bytes, RawLimits::OWN).map_err(|error| format!("{name}: {error}"))
}

/// The truth of the given and of the fresh draw.
///
/// # Errors
/// A file is not there or does not fit the others.
pub(super) fn truths(brief: &Brief, hidden: &Hidden, fields: &[Field]) -> Result<[Truth; 2], String> {
    let given = brief.file(TRAIN).ok_or("the brief has no train.csv")?;
    let [fresh_train, fresh_golden, fresh_ledger] = FRESH;
    let read = |train: &[u8], golden: &str, ledger: &str| {
        let ledger = Ledger::read(entry(hidden, ledger)?).map_err(|error| format!("{ledger}: {error}"))?;
        truth(table(hidden, golden, fields)?, raw(train, TRAIN)?, &ledger)
    };
    Ok([read(given, GOLDEN, LEDGER)?, read(entry(hidden, fresh_train)?, fresh_golden, fresh_ledger)?])
}

/// The truth of the batches that are served after the given and the fresh draw.
///
/// # Errors
/// A file is not there or does not fit the others.
pub(super) fn batches(brief: &Brief, hidden: &Hidden, fields: &[Field]) -> Result<[Truth; 2], String> {
    let read = |batch: &[u8], [golden, ledger]: [&str; 2]| {
        let ledger = Ledger::read(entry(hidden, ledger)?).map_err(|error| format!("{ledger}: {error}"))?;
        truth(table(hidden, golden, fields)?, raw(batch, SERVE)?, &ledger)
    };
    let given = brief.file(SERVE).ok_or("the brief has no serve.csv")?;
    let [fresh, fresh_golden, fresh_ledger] = FRESH_SERVE;
    Ok([read(given, SERVE_TRUTH)?, read(entry(hidden, fresh)?, [fresh_golden, fresh_ledger])?])
}

/// The truths of both draws with their units.
///
/// # Errors
/// The units of a draw are not there or are something else.
pub(super) fn folded(
    [given, fresh]: [Truth; 2],
    brief: &Brief,
    hidden: &Hidden,
    folded: &Folded,
) -> Result<[Truth; 2], String> {
    let folding = Arc::new(folded.folding.clone());
    let name = folding.units_name();
    let units = brief.file(name).ok_or_else(|| format!("the brief has no {name}"))?;
    let fresh_units = entry(hidden, FRESH_UNITS)?;
    Ok([given.folded(Fold::read(&folding, units)?), fresh.folded(Fold::read(&folding, fresh_units)?)])
}

/// The truth of a draw from its clean table, what became of it, and the ledger between them.
///
/// # Errors
/// They do not belong together.
pub(super) fn truth(golden: Table, dirty: RawTable, ledger: &Ledger) -> Result<Truth, String> {
    let fail = |error: envy_tabular::TabularError| error.to_string();
    let id = golden.role(Role::Id).ok_or("the true table has no ids")?;
    let id = dirty.require(&golden.fields[id].name).map_err(fail)?;
    let (known, added, mask) = (golden.rows_by_id(), ledger.added(), ledger.mask());
    let mut wrong_of: BTreeMap<&str, Vec<(usize, _)>> = BTreeMap::new();
    for ((row_id, column), fairness) in &mask {
        let column = golden.require(column).map_err(fail)?;
        wrong_of.entry(row_id).or_default().push((column, *fairness));
    }
    let (mut rows, mut wrong) = (Vec::new(), BTreeMap::new());
    for line in 0..dirty.rows() {
        let row_id = dirty.cell(line, id);
        let row = if added.contains(row_id) { None } else { known.get(row_id).copied() };
        if row.is_none() && !added.contains(row_id) {
            return Err(format!("the export has a row {row_id} that the true table does not have"));
        }
        if let (Some(_), Some(cells)) = (row, wrong_of.get(row_id)) {
            wrong.extend(cells.iter().map(|(column, fairness)| ((line, *column), *fairness)));
        }
        rows.push(row);
    }
    let lines = (0..dirty.rows()).map(|line| (line, dirty.cell(line, id)));
    let blame = Blame::new(ledger, lines, |name| golden.position(name));
    Truth::new(golden, dirty, rows, wrong, blame).map_err(fail)
}
