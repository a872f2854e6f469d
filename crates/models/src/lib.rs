//! Models: sources of replies behind core's `Model` trait.
//!
//! One file per backend. [`PolicyModel`] plays an environment's scripted policies as `policy/NAME`. A provider of
//! language models is one more file beside it: it translates core's messages to its dialect and back, keeps the
//! reply's own JSON in `Reply::raw`, retries what is worth it, and has a row in `names.rs`. [`Replay`] gives the
//! replies of a recorded run once more. What a provider cannot do becomes a `ModelError`; whether that ends or voids an
//! episode is the rollout's decision, not its own.

pub mod dialects;
mod gate;
pub mod judge;
mod keys;
mod names;
mod open;
mod policy;
mod prices;
mod provider;
mod recorder;
mod replay;
mod retry;
mod sse;
mod text_protocol;
mod transport;

pub use gate::Rates;
pub use keys::{Presence, present};
pub use open::{ModelsConfig, Opened, open};
pub use policy::{POLICY_PREFIX, PolicyModel};
pub use prices::{Price, Prices};
pub use provider::{Provider, ProviderConfig};
pub use replay::{REPLAY_PREFIX, Replay, Tape};
pub use retry::Patience;
pub use text_protocol::Protocol;
pub use transport::Timeouts;
