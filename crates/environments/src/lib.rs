//! Environments: kinds of tasks, each with its generator, its gate, its grading and its scripted policies.

pub mod cleaning;
pub mod leakage;

use envy_core::Environment;

/// Every environment.
pub const ALL: &[&dyn Environment] = &[&cleaning::Cleaning];
