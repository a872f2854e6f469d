//! The lab: the one place where environments, sandbox, models, rollout and store come together.
//!
//! It owns the task folders, the runs and their records, and knows where things lie on this machine. It prints
//! nothing: the command line does.

mod admission;
pub mod audit;
pub mod author;
pub mod bench;
pub mod calibrate;
pub mod clock;
pub mod dataset;
pub mod doctor;
pub mod error;
pub mod expert;
pub mod exports;
pub mod grade;
mod graders;
pub mod guess;
pub mod harbor;
pub mod home;
pub mod judge;
pub mod models;
pub mod page;
pub mod receipt;
pub mod registry;
pub mod replay;
pub mod report;
mod review;
pub mod run;
pub mod runtime;
mod stage;
pub mod store;
pub mod task_json;
pub mod venue;
pub mod verify;
mod whole;

#[cfg(test)]
mod testing;

pub use bench::{Backend, Bench};
pub use envy_rollout::{Cancel, Observer, Step};
#[cfg(target_os = "linux")]
pub use envy_sandbox::suite;
pub use error::LabError;
pub use home::Home;
pub use registry::Registry;
pub use venue::Venue;
