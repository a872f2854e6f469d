//! Which of many operations fail: a pattern, or chance from a seed.

use envy_core::Seed;

/// Decides by an operation's number, from 1.
#[derive(Clone, Copy, Default)]
pub(crate) enum Failing {
    #[default]
    Never,
    /// Every so many.
    Every(u64),
    /// Each with this probability, drawn from the seed of this number.
    Seeded(u64, f64),
}

impl Failing {
    pub(crate) fn hits(self, operation: u64) -> bool {
        match self {
            Self::Never => false,
            Self::Every(step) => operation.is_multiple_of(step),
            Self::Seeded(seed, p) => {
                let path = format!("{seed}/operation/{operation}");
                Seed::named("rollout/failing").derive(&path).rng().chance(p)
            }
        }
    }
}
