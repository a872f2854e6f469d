//! What can go wrong before an episode starts. Later, an agent's mistake is an observation and the rest a fault.

use thiserror::Error;

/// An environment that cannot be played as it is.
#[derive(Debug, Error)]
pub enum RolloutError {
    /// An environment lists a tool that does not exist.
    #[error("there is no tool \"{name}\"; {hint}")]
    UnknownTool {
        /// The name it lists.
        name: String,
        /// The nearest known name, or all of them.
        hint: String,
    },
}
