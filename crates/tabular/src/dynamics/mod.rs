//! The label function of a generated table: how `y` follows from a clean row.
//!
//! A score is a sum of weighted terms, each a bounded function of one robustly scaled column or a product of two;
//! a class is the score's quantile bin. One tree is evaluated in Rust, written as Python and counted, so that the
//! node count a user asks for is the count that Python's `ast.walk` finds in the emitted module.
//!
//! Why these terms: polynomials, powers and modulo on raw columns are either unlearnable or ruled by the one column
//! with the widest tail. Bounded functions of scaled columns are learnable from a thousand rows and spread the
//! importance, within the limits that [`grow`] keeps (cycles of a sine, order of a product).

mod expression;
mod grow;
mod module;

pub use expression::{Expression, Function, Input, Operation, Values, inputs};

use envy_core::Seed;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How far from the asked node count the emitted module may be.
pub const NODE_TOLERANCE: usize = 10;
/// The greatest node count that can be asked for: beyond it the late terms no longer move the label.
pub const NODES_MAX: usize = 1000;
/// The most classes.
pub const CLASSES_MAX: usize = 20;
/// How far a class's share of the sample may be from an equal share.
pub const BALANCE_TOLERANCE: f64 = 0.01;
/// The least rows that cut points may be taken from, per class.
const SAMPLE_ROWS_PER_CLASS_MIN: usize = 100;
/// How often the terms are drawn again when the classes cannot be balanced.
const ATTEMPTS: usize = 8;

/// What the label is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// One of so many classes (2 to [`CLASSES_MAX`]), equally frequent.
    Classes(usize),
    /// The raw score.
    Score,
}

/// What to draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DynamicsSpec {
    /// What the label is.
    pub target: Target,
    /// How many columns the label depends on.
    pub used: usize,
    /// How many of those are categories; at least one must be a number.
    pub categories: usize,
    /// The node count of the emitted Python module, met within [`NODE_TOLERANCE`].
    pub nodes: usize,
    /// Multiplies the sines' frequencies (1 to 3); their cycles stay within the learnable limit.
    pub frequency: f64,
}

/// A label function.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dynamics {
    columns: Vec<String>,
    terms: Vec<Term>,
    rule: Rule,
}

/// A signed weight times a product of bounded functions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Term {
    weight: f64,
    factors: Vec<Expression>,
}

/// From a score to a label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Rule {
    /// The score plus the intercept, which makes its median 0, falls between two cut points.
    ///
    /// Without the intercept the number of negative cut points, and with it the node count, would be known only
    /// after the last term.
    Bins { intercept: f64, cuts: Vec<f64> },
    /// The raw score.
    Raw,
}

/// Why there is no such label function.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DynamicsError {
    /// More used columns than there are.
    #[error("the label cannot use {wanted} {kind} columns: the table has {present}")]
    TooFewColumns {
        /// How many are wanted.
        wanted: usize,
        /// `number` or `category`.
        kind: &'static str,
        /// How many can be used (a constant column cannot).
        present: usize,
    },
    /// No column, or only categories, which alone give too few distinct scores.
    #[error("the label must use at least one number column")]
    NoNumbers,
    /// The node count cannot be met with so many columns.
    #[error("{wanted} nodes cannot be met with {used} used columns: {least} to {most} can")]
    NodesOutOfReach {
        /// The count asked for.
        wanted: usize,
        /// Columns that each must appear.
        used: usize,
        /// The least reachable count.
        least: usize,
        /// The greatest reachable count.
        most: usize,
    },
    /// Fewer than 2 or more than [`CLASSES_MAX`] classes.
    #[error("{0} classes: there must be 2 to {CLASSES_MAX}")]
    Classes(usize),
    /// The sample is too small for its cut points.
    #[error("cut points need a sample of at least {needed} rows, this one has {rows}")]
    SampleTooSmall {
        /// Rows of the sample's shortest column.
        rows: usize,
        /// Rows needed.
        needed: usize,
    },
    /// The columns take too few distinct values to split the score into equal classes.
    #[error("the columns take too few distinct values for balanced classes")]
    Unbalanced,
    /// A column that the function reads is not there, or is of the other type.
    #[error("the label function reads column \"{0}\", which is missing or of another type")]
    MissingColumn(String),
}

impl DynamicsError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::TooFewColumns { present, .. } => format!("use at most {present}"),
            Self::NoNumbers => "use fewer categories or more columns".to_owned(),
            Self::NodesOutOfReach { least, most, .. } => {
                format!("ask for {least} to {most} nodes, or for another number of used columns")
            }
            Self::Classes(_) => format!("ask for 2 to {CLASSES_MAX} classes"),
            Self::SampleTooSmall { needed, .. } => format!("draw at least {needed} rows"),
            Self::Unbalanced => "use more columns or fewer classes".to_owned(),
            Self::MissingColumn(_) => "give the table that the function was drawn for".to_owned(),
        }
    }
}

impl Dynamics {
    /// Draws a label function. `sample` holds the columns it may use, on fresh rows (100,000 are enough for class
    /// shares within a percentage point): scales and cut points are taken from them.
    ///
    /// # Errors
    /// The spec contradicts itself or the columns.
    pub fn draw(seed: &Seed, spec: &DynamicsSpec, sample: &[Input]) -> Result<Self, DynamicsError> {
        let rows = sample.iter().map(Input::rows).min().unwrap_or(0);
        let needed = SAMPLE_ROWS_PER_CLASS_MIN * spec.target.classes()?;
        if rows < needed {
            return Err(DynamicsError::SampleTooSmall { rows, needed });
        }
        let features = grow::choose(&seed.derive("columns"), spec, sample)?;
        for attempt in 0..ATTEMPTS {
            let terms = grow::terms(&seed.derive(&format!("terms/{attempt}")), spec, &features)?;
            let columns = features.iter().map(|feature| feature.name().to_owned()).collect();
            let mut dynamics = Self { columns, terms, rule: Rule::Raw };
            if let Target::Classes(classes) = spec.target {
                dynamics.rule = bins(&mut dynamics.scores(sample)?, classes);
                if !dynamics.is_balanced(classes, sample)? {
                    continue;
                }
            }
            debug_assert!(dynamics.node_count().abs_diff(spec.nodes) <= NODE_TOLERANCE);
            return Ok(dynamics);
        }
        Err(DynamicsError::Unbalanced)
    }

    /// The columns that the label depends on.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The score of each row, before it is cut into classes.
    ///
    /// # Errors
    /// A column is missing.
    pub fn scores(&self, inputs: &[Input]) -> Result<Vec<f64>, DynamicsError> {
        let rows = inputs.iter().map(Input::rows).min().unwrap_or(0);
        let mut terms = Vec::with_capacity(self.terms.len());
        for term in &self.terms {
            terms.push(term.expression().bind(inputs)?);
        }
        let intercept = match self.rule {
            Rule::Bins { intercept, .. } => intercept,
            Rule::Raw => 0.0,
        };
        Ok((0..rows).map(|row| terms.iter().map(|term| term.value(row)).sum::<f64>() + intercept).collect())
    }

    /// The label of each row: the class's index as a number, or the raw score.
    ///
    /// # Errors
    /// A column is missing.
    pub fn labels(&self, inputs: &[Input]) -> Result<Vec<f64>, DynamicsError> {
        let mut labels = self.scores(inputs)?;
        if let Rule::Bins { cuts, .. } = &self.rule {
            for label in &mut labels {
                *label = cuts.iter().filter(|cut| **cut <= *label).count() as f64;
            }
        }
        Ok(labels)
    }

    /// The Python module: `dynamics(row)` takes a mapping from column names to values (a dict, a pandas row).
    pub fn python(&self) -> String {
        module::python(&self.terms, &self.rule)
    }

    /// How many nodes `ast.walk` visits in [`Dynamics::python`].
    pub fn node_count(&self) -> usize {
        module::fixed_nodes(&self.rule) + module::term_nodes(&self.terms)
    }

    fn is_balanced(&self, classes: usize, sample: &[Input]) -> Result<bool, DynamicsError> {
        let labels = self.labels(sample)?;
        let share = |class: usize| {
            labels.iter().filter(|label| **label == class as f64).count() as f64 / labels.len() as f64
        };
        Ok((0..classes).all(|class| (share(class) - 1.0 / classes as f64).abs() <= BALANCE_TOLERANCE))
    }
}

impl Target {
    /// How many classes, 1 for a score.
    fn classes(self) -> Result<usize, DynamicsError> {
        match self {
            Self::Classes(classes) if (2..=CLASSES_MAX).contains(&classes) => Ok(classes),
            Self::Classes(classes) => Err(DynamicsError::Classes(classes)),
            Self::Score => Ok(1),
        }
    }
}

impl Term {
    /// `weight * factor * ...`, in the order in which Python multiplies.
    fn expression(&self) -> Expression {
        self.factors.iter().cloned().fold(Expression::constant(self.weight), Expression::product)
    }
}

/// The intercept and cut points that split `scores` (sorted in place) into equal classes.
fn bins(scores: &mut [f64], classes: usize) -> Rule {
    scores.sort_by(f64::total_cmp);
    let quantile = |share: f64| scores[((scores.len() as f64 * share) as usize).min(scores.len() - 1)];
    let intercept = expression::six_digits(-quantile(0.5));
    let cut = |class: usize| {
        // The middle cut of an even number of classes is the median, which the intercept has made 0.
        if 2 * class == classes {
            0.0
        } else {
            expression::six_digits(quantile(class as f64 / classes as f64) + intercept)
        }
    };
    Rule::Bins { intercept, cuts: (1..classes).map(cut).collect() }
}

#[cfg(test)]
mod tests;
