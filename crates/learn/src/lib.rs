//! Models, metrics and intervals whose bits are equal on every target: what a grader may stand on.
//!
//! Everything here is synchronous, does no IO, and draws only from seeds that it is given.

mod error;
mod forest;
mod frame;
pub mod intervals;
mod knn;
pub mod metrics;

pub use error::LearnError;
pub use forest::{FeaturesPerSplit, Forest, ForestConfig};
pub use frame::Frame;
pub use knn::{Knn, KnnConfig};
