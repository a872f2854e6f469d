//! Calibrate: how hard tasks are for a model, and how to make them as hard as wanted.
//!
//! Counts in, answers out: whoever plays is behind [`tune::Player`].

pub mod band;
pub mod compare;
pub mod curriculum;
pub mod dials;
pub mod power;
pub mod search;
pub(crate) mod sequential;
pub mod simulate;
mod surrogate;
pub mod tasks;
pub mod threshold;
pub mod tune;

use std::path::Path;

use serde::Serialize;

use crate::error::LabError;
use crate::whole;

/// Writes a document as indented JSON, whole or not at all.
fn save(path: &Path, document: &impl Serialize) -> Result<(), LabError> {
    let mut text = serde_json::to_string_pretty(document).expect("our documents are plain data");
    text.push('\n');
    whole::write(path, |out| Ok(out.write_all(text.as_bytes())?)).map(drop)
}
