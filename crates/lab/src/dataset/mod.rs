//! Datasets: tasks as folders on disk. The folder is canonical; everything else is read from it.
//!
//! ```text
//! DIR/task.json    the manifest: what the task is and the digest of every file; no seed, no spec
//! DIR/public/...   what the agent finds in its work directory
//! DIR/hidden/...   what only the owner may read, among it origin.json with the spec and the certificate
//! ```
//!
//! A set is a folder of such folders with a `set.json`.

mod columns;
mod files;
mod generate;
mod ledger;
mod library;
mod manifest;
mod order;
#[cfg(test)]
mod real_tables;
mod show;
mod task;

pub(crate) use files::{Readers, Unfinished, files_beneath, write_file};

pub use columns::{ColumnSummary, Summary, TableSummary};
pub use generate::{Made, Progress, generate};
pub use ledger::CorruptionSummary;
pub use library::{Library, Listed};
pub use manifest::{Manifest, Origin, SetManifest};
pub use order::{Order, OwnTable};
pub use show::{Shown, prompt, show};
pub use task::{TaskRef, write};
