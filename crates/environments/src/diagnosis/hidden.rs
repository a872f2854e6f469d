//! The hidden half: what is true of a task, the hidden draw, the reference and the sibling mutants.

use std::collections::BTreeMap;

use envy_core::{BoxFile, Hidden};
use envy_pycode::mutators::{ErrorClass, Located};
use envy_tabular::{RawLimits, RawTable};
use serde::{Deserialize, Serialize};

use super::candidate::Spot;
use super::harness::Norm;
use super::world::{Columns, Draw, Form, Rows};

const TRUTH: &str = "truth.json";
const SCHEMA: &str = "envy.diagnosis-truth/2";
const DRAW: [&str; 2] = ["draw/train.csv", "draw/holdout.csv"];
/// Folders of whole programs: the reference and two siblings of the mutant.
const PROGRAMS: [&str; 3] = ["reference/", "sibling-1/", "sibling-2/"];

/// What is true of a task.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Truth {
    /// The document's format.
    pub(super) schema: String,
    /// The errors; empty where there is none.
    pub(super) errors: Vec<Named>,
    /// Where each stands.
    pub(super) spots: Vec<Spot>,
    /// What is right though it looks suspicious.
    pub(super) decoys: Vec<Clearing>,
    /// Reported holdout area of the buggy program less that of the clean one, on the visible data.
    pub(super) effect: f64,
    /// The tests that the errors fail.
    pub(super) failed: Vec<String>,
    /// What the reference makes of the hidden draw.
    pub(super) norm: Norm,
    /// Whether the order of columns leaves scores alone.
    pub(super) orderless: bool,
    /// The columns.
    pub(super) columns: Columns,
}

impl Truth {
    /// Every line that is wrong.
    pub(super) fn places(&self) -> impl Iterator<Item = &Located> {
        self.spots.iter().flat_map(|spot| &spot.places)
    }
}

impl Default for Truth {
    fn default() -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            errors: Vec::new(),
            spots: Vec::new(),
            decoys: Vec::new(),
            effect: 0.0,
            failed: Vec::new(),
            norm: Norm::default(),
            orderless: true,
            columns: Columns { numbers: Vec::new(), categories: Vec::new(), form: Form::Plain },
        }
    }
}

/// An error by its class and mechanism.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    /// The class.
    pub(super) error_type: ErrorClass,
    /// The mechanism.
    pub(super) mechanism: String,
}

/// A decoy and why it is right.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Clearing {
    /// Its name.
    pub(super) name: String,
    /// Why it is right.
    pub(super) why: String,
    /// Where it stands.
    pub(super) place: Located,
}

/// The whole hidden half, read.
pub(super) struct Secret {
    /// What is true.
    pub(super) truth: Truth,
    /// The columns.
    pub(super) columns: Columns,
    /// The hidden draw.
    pub(super) draw: Draw,
    /// The reference and the siblings.
    pub(super) programs: [Vec<BoxFile>; 3],
}

impl Secret {
    /// Puts everything into the hidden half.
    pub(super) fn write(&self, hidden: &mut Hidden) {
        let mut truth = serde_json::to_vec_pretty(&self.truth).expect("a truth is plain data");
        truth.push(b'\n');
        hidden.insert(TRUTH, truth);
        hidden.insert(DRAW[0], self.draw.train.write());
        hidden.insert(DRAW[1], self.draw.holdout.write());
        for (folder, files) in PROGRAMS.iter().zip(&self.programs) {
            for file in files {
                hidden.insert(format!("{folder}{}", file.path), file.bytes.clone());
            }
        }
    }

    /// Reads a hidden half.
    ///
    /// # Errors
    /// A file is missing or damaged: one sentence.
    pub(super) fn read(hidden: &Hidden) -> Result<Self, String> {
        let entry = |name: &str| hidden.get(name).ok_or_else(|| format!("the hidden half has no {name}"));
        let truth: Truth = serde_json::from_slice(entry(TRUTH)?)
            .map_err(|error| format!("{TRUTH} cannot be read: {error}"))?;
        if truth.schema != SCHEMA {
            return Err(format!("{TRUTH} is {}, not {SCHEMA}", truth.schema));
        }
        let columns = truth.columns.clone();
        let draw = Draw { train: rows(entry(DRAW[0])?)?, holdout: rows(entry(DRAW[1])?)? };
        let program = |folder: &str| -> Vec<BoxFile> {
            let within =
                hidden.entries().filter_map(|(name, bytes)| Some((name.strip_prefix(folder)?, bytes)));
            within.map(|(path, bytes)| BoxFile::new(path, bytes)).collect()
        };
        Ok(Self { truth, columns, draw, programs: PROGRAMS.map(program) })
    }
}

fn rows(bytes: &[u8]) -> Result<Rows, String> {
    let raw = RawTable::read(bytes, RawLimits::OWN).map_err(|error| error.to_string())?;
    let width = raw.headers().len();
    let line = |row: usize| (0..width).map(|column| raw.cell(row, column).to_owned()).collect();
    Ok(Rows { headers: raw.headers().to_vec(), lines: (0..raw.rows()).map(line).collect() })
}

/// Files by path.
pub(super) fn by_path(files: &[BoxFile]) -> BTreeMap<&str, &[u8]> {
    files.iter().map(|file| (file.path.as_str(), file.bytes.as_slice())).collect()
}
