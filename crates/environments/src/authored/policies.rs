//! The scripted agents: what holds of a task that anybody may write is that nothing earns nothing.

use envy_core::Policy;

use crate::null::Null;

/// Every policy.
pub(super) const ALL: &[&dyn Policy] = &[&Null];
