//! Tools: the actions of an agent. A tool is handed only its box; what needs hidden data becomes an Effect.

use serde_json::Value;

use crate::BoxFuture;
use crate::sandbox::{SandboxError, Workbox};

/// A tool as the model sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolSchema {
    /// The name, in snake case.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// JSON schema of the arguments object; optional arguments are not listed as required.
    pub parameters: Value,
}

/// One action of the agent.
pub trait Tool: Send + Sync {
    /// Name, description and argument schema. `submit_answer`'s parameters are replaced by the environment's.
    fn schema(&self) -> ToolSchema;

    /// Acts on the box. Bad arguments are an observation, not an error.
    ///
    /// # Errors
    /// The host under the box failed.
    fn call<'a>(
        &'a self,
        arguments: &'a Value,
        workbox: &'a mut dyn Workbox,
    ) -> BoxFuture<'a, Result<ToolOutcome, SandboxError>>;
}

/// What a tool call comes to.
pub enum ToolOutcome {
    /// Text for the agent.
    Observed {
        /// The words, not yet cut to the cap.
        text: String,
        /// The call failed.
        is_error: bool,
    },
    /// Something that only the episode can do.
    Effect(Effect),
}

/// What only the episode can do, since it needs the grader.
pub enum Effect {
    /// Score the files as they stand on the oracle set, within the budget.
    Probe,
    /// End the episode with this answer, if it is valid.
    Submit(Value),
}
