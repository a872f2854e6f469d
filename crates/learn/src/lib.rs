//! Models, metrics and intervals whose bits are equal on every target: what a grader may stand on.
//!
//! Everything here is synchronous, does no IO, and draws only from seeds that it is given.

mod boosting;
pub mod calibration;
mod error;
mod forest;
mod frame;
pub mod intervals;
mod knn;
mod logistic;
pub mod metrics;
pub mod ranking;
mod rasch;
pub mod trials;

pub use boosting::{Boosting, BoostingConfig};
pub use error::LearnError;
pub use forest::{FeaturesPerSplit, Forest, ForestConfig};
pub use frame::Frame;
pub use knn::{Knn, KnnConfig};
pub use logistic::{Logistic, LogisticConfig, sigmoid};
pub use rasch::{Attempts, Rasch, RaschConfig};
