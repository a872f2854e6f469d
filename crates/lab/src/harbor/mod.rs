//! Harbor: tasks as the folders that Harbor and the tools around it read (task.toml 1.4).
//!
//! Grading stays ours: the folder's test script is a static envy that runs agent code in boxes of its own, inside the
//! reader's verifier box. Where no such box can be opened it writes no reward, which every reader takes for a failure
//! of the host and none for a score. The other way round, folders of others are tasks of ours, graded by their own script.

mod environment;
mod export;
mod image;
mod import;

pub use environment::Harbor;
pub use export::{GRADER_HINT, HarborExport, REWARD_FILE, reward, solve};
pub use image::write as write_image;
pub use import::import;

/// The work directory of agent and verifier.
pub(crate) const WORKDIR: &str = "/app";

/// Where the image keeps envy's cache: the runtime of the nested boxes.
pub(crate) const IMAGE_CACHE: &str = "/opt/envy";
