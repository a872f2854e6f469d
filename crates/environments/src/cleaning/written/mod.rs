//! Label functions that somebody wrote: a model that was asked for one, or the user.
//!
//! The text is Python, `def dynamics(row)` over `row.x0`, `row.x1`, ... and of a closed set of operations. It is parsed
//! into a tree here and evaluated by it, never run. What the inputs are is the task's business: each is one column of the
//! table, in robust standard deviations from its median and cut at four of them. What the function returns is a score;
//! the classes are its quantile bins, so that no modulo has to make them.

mod parse;
mod tree;
mod trial;

use thiserror::Error;

pub use super::knobs::wanted;
pub use trial::{Tried, Wanted, examine, node_count};

use tree::Program;

/// The most bytes of a function's text.
pub const SOURCE_BYTES_MAX: usize = 20_000;
/// Inputs are cut at so many robust standard deviations.
pub(super) const INPUT_MAX: f64 = 4.0;

/// Why a function is refused: one sentence, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{what}")]
pub struct Refusal {
    /// What is wrong.
    pub what: String,
    /// What to change.
    pub hint: String,
}

impl Refusal {
    fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { what: what.into(), hint: hint.into() }
    }
}

/// A function that can be evaluated.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Function {
    program: Program,
    /// How many inputs it reads: `x0` up to the one before this.
    inputs: usize,
}

impl Function {
    /// Reads a function of exactly so many inputs.
    ///
    /// # Errors
    /// It is no Python, holds an operation that is not allowed, or reads other inputs.
    pub(super) fn read(source: &str, inputs: usize) -> Result<Self, Refusal> {
        Ok(Self { program: parse::program(source, inputs)?, inputs })
    }

    /// How many inputs it reads.
    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    /// The score of one row; what is not finite counts as 0.
    pub(super) fn score(&self, row: &[f64]) -> f64 {
        Some(self.program.value(row)).filter(|score| score.is_finite()).unwrap_or(0.0)
    }

    /// The score as it comes, for those who want to know whether it is finite.
    fn raw_score(&self, row: &[f64]) -> f64 {
        self.program.value(row)
    }
}

#[cfg(test)]
mod tests;
