//! Boxes for agent code: the native Linux backend, and the suite that every backend must pass.
//!
//! [`Native`] needs no daemon and no root: a small jailer process holds fresh namespaces and makes boxes ahead of
//! time; a box is a tiny init process with a private work directory, and each exec is a child of that init under
//! Landlock, a seccomp allowlist, no capabilities and hard limits. Isolation fails closed; only the accounting of
//! memory may be degraded, which [`envy_core::Sandbox::name`] then says. Python scripts start as forks of a warm
//! interpreter that move into their box, so that an import of pandas is paid once.

pub mod container;
mod feature;
#[cfg(target_os = "linux")]
pub mod suite;
mod tree;

pub use feature::{Feature, FeatureState};
pub use tree::{PATH, RuntimeTree, WORK_DIR};

#[cfg(target_os = "linux")]
mod jail;
#[cfg(target_os = "linux")]
mod native;
#[cfg(target_os = "linux")]
mod packet;
#[cfg(target_os = "linux")]
mod sys;
#[cfg(target_os = "linux")]
mod wire;

#[cfg(target_os = "linux")]
pub use native::{Checkpoint, Native, NativeBox, NativeConfig, PRELOAD, features};
