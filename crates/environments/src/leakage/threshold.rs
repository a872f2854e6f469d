//! Thresholds: where an AUROC lies between the honest baseline and the Bayes bound of a task.
//!
//! Tuning moves lambda, the place, never the AUROC itself, so that tasks of one setting stay comparable.

use envy_core::{GenerateError, Salt, TaskSpec};

use super::files::Scale;
use super::generate;
use super::knobs::Settings;

/// The anchors of one task's threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anchors {
    scale: Scale,
    lambda: f64,
}

impl Anchors {
    /// Generates the task of a spec and takes its anchors.
    ///
    /// # Errors
    /// Every candidate was rejected.
    pub fn of(spec: &TaskSpec, salt: &Salt) -> Result<Self, GenerateError> {
        let settings = Settings::new(&spec.knobs);
        let accepted = generate::accept(&spec.root(salt), &settings)?;
        Ok(Self { scale: accepted.passed.scale, lambda: accepted.passed.lambda })
    }

    /// The AUROC of the honest baseline in the field.
    pub fn honest(&self) -> f64 {
        self.scale.honest
    }

    /// The greatest AUROC in the field that anything reaches.
    pub fn bayes(&self) -> f64 {
        self.scale.bayes
    }

    /// The AUROC that a pass needs at a place between them, from 0 to 1; never closer to the bound than two standard errors.
    pub fn tau(&self, lambda: f64) -> f64 {
        self.scale.tau(lambda)
    }

    /// The place of an AUROC: 0 at the honest baseline, 1 at the bound.
    pub fn place(&self, auroc: f64) -> f64 {
        self.scale.lambda(auroc)
    }

    /// The place that the task itself uses.
    pub fn lambda(&self) -> f64 {
        self.lambda
    }
}
