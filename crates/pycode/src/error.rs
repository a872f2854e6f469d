//! What can go wrong with Python source, one clear sentence each.

use thiserror::Error;

use crate::deep::SOURCE_BYTES_MAX;

/// Why a source, or an edit of it, is refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PycodeError {
    /// More bytes than are ever parsed.
    #[error("the source has {bytes} bytes; at most {SOURCE_BYTES_MAX} are parsed")]
    TooLarge {
        /// How many it has.
        bytes: usize,
    },
    /// The source is no Python.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 0.
        column: usize,
        /// What the parser makes of it.
        message: String,
    },
    /// Edits that overlap or lie outside the source.
    #[error("an edit of bytes {start} to {end} overlaps another, or lies outside the source")]
    Edit {
        /// First byte.
        start: usize,
        /// One past the last byte.
        end: usize,
    },
    /// The host gave no thread to parse on.
    #[error("no thread with a deep stack could be started: {0}")]
    Thread(String),
}
