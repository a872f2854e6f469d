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
mod ridge;
pub mod trials;

pub use boosting::{BoostedRegressor, Boosting, BoostingConfig};
pub use error::LearnError;
pub use forest::{FeaturesPerSplit, Forest, ForestConfig, ForestRegressor};
pub use frame::Frame;
pub use knn::{Knn, KnnConfig, KnnRegressor};
pub use logistic::{Logistic, LogisticConfig, sigmoid};
pub use rasch::{Attempts, Rasch, RaschConfig};
pub use ridge::Ridge;
