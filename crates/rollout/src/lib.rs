//! Rollouts: the episode as a state machine, its tools, the agent loop, the job runner and the scheduler.
//!
//! - [`Episode`] holds the rules; [`play`] drives it with a model, servers and trainers drive it themselves.
//! - [`Runner`] is the one place that runs jobs; [`Schedule`] plays many episodes and tries void ones again.
//! - [`tools::ALL`] lists the tools; a [`Toolbox`] is what one environment offers of them.
//!
//! No model, sandbox or environment is known here: they come as trait objects of `core`.

mod arguments;
mod cancel;
mod clock;
mod collect;
mod conversation;
mod episode;
mod error;
mod grading;
mod guard;
mod meter;
mod outcome;
mod paths;
mod play;
mod program;
mod review;
mod runner;
mod schedule;
mod slots;
mod text;
mod toolbox;
pub mod tools;
mod workbox;

pub use cancel::Cancel;
pub use collect::{SUBMISSION_BYTES_MAX, SUBMISSION_FILE_BYTES_MAX, SUBMISSION_FILES_MAX};
pub use episode::{Episode, EpisodeStart, Observer, Step, agent_box};
pub use error::RolloutError;
pub use grading::OpenGrader;
pub use outcome::Outcome;
pub use paths::WORK_DIRECTORY;
pub use play::play;
pub use runner::Runner;
pub use schedule::{Finished, Launch, RETRY_PAUSE, Schedule, TRIES_MAX, Tally};
pub use slots::Slots;
pub use toolbox::Toolbox;
