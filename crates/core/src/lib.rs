//! The words that every other room speaks: seeds, specs, tasks, jobs, verdicts, records and the traits.
//!
//! Data flows one way: `TaskSpec` → `Task{Brief | Hidden}` → `Episode` → `Submission` → `Verdict` → `Record`.
//! This crate does no IO, reads no clock and knows no other crate of the workspace.

pub mod bytes;
pub mod causes;
pub mod environment;
pub mod episode;
pub mod fence;
pub mod grader;
pub mod id;
pub mod integrity;
pub mod job;
pub mod judge;
pub mod knobs;
pub mod message;
pub mod model;
pub mod near;
pub mod policy;
pub mod record;
pub mod review;
pub mod rng;
pub mod sandbox;
pub mod seed;
pub mod spec;
pub mod special;
pub mod task;
pub mod tool;
pub mod verdict;

pub use causes::causes;
pub use environment::{
    Environment, EnvironmentInfo, Expert, GenerateError, GenerateInput, Generated, Rejection, Track,
    Uncorrupted,
};
pub use episode::{EpisodeSpec, Limits, Sampling};
pub use grader::{GradeInput, Grader, ProbeInput, ProbeReply};
pub use id::{Digest, RunId, TaskId};
pub use integrity::{FlagKind, Integrity, IntegrityFlag, IntegrityMode, OnReview, ReviewSpec};
pub use job::{Exposure, Job, JobEnd, JobLimits, JobResult, LimitHit, Next, Output, Wanted, Work, drive};
pub use judge::{Exhibit, Judge, Question, Ruling};
pub use knobs::{Dial, Knob, KnobError, KnobKind, KnobValue, Knobs, Preset};
pub use message::{Exchange, Message, Observation, Reply, Tokens, ToolCall, Usage};
pub use model::{Chat, ChatRequest, Model, ModelError, Opening};
pub use policy::{Exploit, Move, Policy, PolicyKind, Script};
pub use record::{End, Record, Submission, Trajectory, Turn};
pub use review::{Opinion, Review, Reviewer};
pub use rng::Rng;
pub use sandbox::{
    BoxSpec, BoxUsage, Cell, CellResult, Exec, ExecResult, Sandbox, SandboxError, Sealed, Workbox,
};
pub use seed::{Salt, Seed};
pub use spec::{TableSource, TaskSpec};
pub use task::{BoxFile, Brief, Certificate, Hidden, Task};
pub use tool::{Effect, Tool, ToolOutcome, ToolSchema};
pub use verdict::{Criterion, Fault, FaultKind, Flag, Score, Verdict};

/// A boxed future, so that traits with asynchronous methods can be used as objects without a runtime.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
