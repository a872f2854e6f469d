//! Shapes: what the agent is given beside one table. A series is readings of devices whose label belongs to a window.
//!
//! Whatever the shape, one table went wrong and comes back (`train.csv`), cells are compared there, and the model reads what
//! a fold makes of it: the rows themselves, or summaries of the rows that belong to a unit. So cells, probes, tracks, scales
//! and the gate are the same for all of them.

mod fold;
pub(super) mod series;

use envy_core::{Brief, GenerateError, GenerateInput};

use super::facts::Facts;
use super::knobs::Settings;
use super::solver::{Sight, solve};
use envy_tabular::RepairPlan;
use envy_tabular::recipe::Selection;

pub(super) use fold::{Fold, Folding, UNITS_CLEAN, UNITS_SCHEMA};

/// The file that says how units are computed, for programs.
pub(super) const SHAPE: &str = "shape.json";

/// The driver of tasks whose labels belong to units.
pub(super) const DRIVER_SOURCE: &str = include_str!("run_clean.py");

/// What the agent is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One table whose rows have labels.
    Table,
    /// Readings of devices; a device's day has a label.
    Series,
}

impl Shape {
    /// The names, as the knob has them.
    pub(super) const NAMES: &'static [&'static str] = &["table", "series"];

    /// The shape of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        let all = [Self::Table, Self::Series];
        Self::NAMES.iter().position(|known| *known == name).map(|at| all[at])
    }

    /// Its name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Table => Self::NAMES[0],
            Self::Series => Self::NAMES[1],
        }
    }

    /// Whether the knobs make a task of this shape.
    ///
    /// # Errors
    /// They contradict each other.
    pub(super) fn check(self, input: &GenerateInput, settings: &Settings) -> Result<(), GenerateError> {
        let refuse = |what: String, hint: String| Err(GenerateError::Input { what, hint });
        let name = self.name();
        let own = |operator: &&String| self.operators().contains(&operator.as_str());
        if self != Self::Table && input.spec.table.is_some() {
            let what = format!("a table of your own cannot have the shape {name}");
            return refuse(what, "leave out --shape or --table".to_owned());
        }
        if !settings.operators.iter().any(|operator| own(&operator)) {
            let what = format!("none of the operators happens to the shape {name}");
            return refuse(what, format!("choose some of {}", self.operators().join(", ")));
        }
        if self == Self::Table {
            return Ok(());
        }
        if settings.regression || settings.serve {
            let what = format!("the shape {name} has classes and no batch that is served");
            return refuse(what, "leave out --regression and --serve".to_owned());
        }
        if settings.written.is_some() {
            let what = format!("the label function of the shape {name} is drawn");
            return refuse(what, "leave out --dynamics".to_owned());
        }
        if settings.selection != Selection::Label {
            let what = format!("which units of the shape {name} go wrong can hang on their label alone");
            return refuse(what, "leave out --mechanism".to_owned());
        }
        if let Some(domain) = settings.domain.as_deref().filter(|domain| !self.domains().contains(domain)) {
            let what = format!("the domain {domain} has no shape {name}");
            return refuse(what, format!("choose one of {}", self.domains().join(", ")));
        }
        Ok(())
    }

    /// The names of its operators.
    pub(super) fn operators(self) -> Vec<&'static str> {
        let all = match self {
            Self::Table => envy_tabular::corruptions::ALL,
            Self::Series => envy_tabular::series::faults::ALL,
        };
        all.iter().map(|operator| operator.info().name).collect()
    }

    fn domains(self) -> Vec<&'static str> {
        match self {
            Self::Table => envy_tabular::domains::ALL.iter().map(|domain| domain.name).collect(),
            Self::Series => envy_tabular::series::domains::ALL.iter().map(|domain| domain.name).collect(),
        }
    }

    /// The shape of a brief's task.
    ///
    /// # Errors
    /// The brief belongs to another environment or version.
    pub(super) fn of(brief: &Brief) -> Result<Self, String> {
        let facts = Facts::read(brief)?;
        Self::named(&facts.shape).ok_or_else(|| format!("the brief has an unknown shape {}", facts.shape))
    }
}

/// What the reference makes of a brief: what it sees and what it would do, by the solver of the brief's shape.
///
/// # Errors
/// It is no brief of a cleaning task.
pub(super) fn planned(brief: &Brief) -> Result<(Sight, RepairPlan), String> {
    let shape = Shape::of(brief)?;
    let sight = Sight::of_shape(brief, shape)?;
    let plan = match shape {
        Shape::Table => solve(&sight),
        Shape::Series => series::solve(&sight),
    };
    Ok((sight, plan))
}
