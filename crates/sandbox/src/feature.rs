//! What this host offers for isolation, one line per feature.

/// How far a feature can be had here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureState {
    /// In full.
    Strict,
    /// A weaker substitute takes its place; only accounting may be degraded, never isolation.
    Degraded,
    /// Not at all.
    Missing,
}

/// One feature of the host, as probed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// A stable name, such as `user namespace`.
    pub name: &'static str,
    /// How far it can be had.
    pub state: FeatureState,
    /// What was found.
    pub detail: String,
    /// The setting to change, or empty.
    pub hint: String,
}
