//! Law: how the label follows from a clean row, whether the function was drawn or written by somebody.

use std::fmt::Write as _;

use envy_core::Seed;
use envy_tabular::dynamics::{
    BALANCE_TOLERANCE, Dynamics, DynamicsError, DynamicsSpec, Input, Target, Values,
};

use super::written::{Function, INPUT_MAX};

/// Quartiles of a standard normal are so far apart.
const IQR_OF_NORMAL: f64 = 1.349;

/// How the label follows from a clean row.
pub(super) enum Law {
    /// A function that was drawn.
    Drawn(Dynamics),
    /// A function that somebody wrote.
    Written(Box<Written>),
}

/// A written function over columns of the table.
pub(super) struct Written {
    function: Function,
    /// The text, for the owner of the task.
    source: String,
    /// The column of each input, and the median and robust standard deviation that scale it.
    inputs: Vec<Scaled>,
    /// The classes' cut points; none if the score is the label.
    cuts: Option<Vec<f64>>,
}

struct Scaled {
    column: String,
    median: f64,
    scale: f64,
}

impl Law {
    /// Draws a function.
    ///
    /// # Errors
    /// The spec contradicts itself or the columns.
    pub(super) fn draw(seed: &Seed, spec: &DynamicsSpec, sample: &[Input]) -> Result<Self, DynamicsError> {
        Ok(Self::Drawn(Dynamics::draw(seed, spec, sample)?))
    }

    /// Gives a written function columns to read, by chance, and classes of equal size.
    ///
    /// # Errors
    /// There are too few columns of numbers, or they give too few different scores.
    pub(super) fn write(
        seed: &Seed,
        source: &str,
        function: Function,
        target: Target,
        sample: &[Input],
    ) -> Result<Self, DynamicsError> {
        let mut numbers: Vec<Scaled> = sample.iter().filter_map(Scaled::of).collect();
        let (wanted, present) = (function.inputs(), numbers.len());
        if wanted > present {
            return Err(DynamicsError::TooFewColumns { wanted, kind: "number", present });
        }
        seed.derive("inputs").rng().shuffle(&mut numbers);
        numbers.truncate(wanted);
        let mut written = Written { function, source: source.to_owned(), inputs: numbers, cuts: None };
        if let Target::Classes(classes) = target {
            let scores = written.scores(sample)?;
            let found = cuts(&scores, classes);
            let share = |number: usize| {
                let inside = |score: &&f64| class(&found, **score) == number as f64;
                scores.iter().filter(inside).count() as f64 / scores.len() as f64
            };
            if (0..classes).any(|number| (share(number) - 1.0 / classes as f64).abs() > BALANCE_TOLERANCE) {
                return Err(DynamicsError::Unbalanced);
            }
            written.cuts = Some(found);
        }
        Ok(Self::Written(Box::new(written)))
    }

    /// The columns that the label depends on.
    pub(super) fn columns(&self) -> Vec<String> {
        match self {
            Self::Drawn(dynamics) => dynamics.columns().to_vec(),
            Self::Written(written) => written.inputs.iter().map(|input| input.column.clone()).collect(),
        }
    }

    /// The label of each row: the class's index as a number, or the score.
    ///
    /// # Errors
    /// A column is missing.
    pub(super) fn labels(&self, inputs: &[Input]) -> Result<Vec<f64>, DynamicsError> {
        match self {
            Self::Drawn(dynamics) => dynamics.labels(inputs),
            Self::Written(written) => {
                let scores = written.scores(inputs)?;
                Ok(match &written.cuts {
                    Some(cuts) => scores.iter().map(|score| class(cuts, *score)).collect(),
                    None => scores,
                })
            }
        }
    }

    /// The function as a Python module, for the owner of the task.
    pub(super) fn python(&self) -> String {
        let written = match self {
            Self::Drawn(dynamics) => return dynamics.python(),
            Self::Written(written) => written,
        };
        let mut text = written.source.trim_end().to_owned() + "\n";
        for (number, input) in written.inputs.iter().enumerate() {
            let Scaled { column, median, scale } = input;
            let _ = writeln!(
                text,
                "# x{number} = clip(({column} - {median:?}) / {scale:?}, -{INPUT_MAX:?}, {INPUT_MAX:?})"
            );
        }
        if let Some(cuts) = &written.cuts {
            let _ = writeln!(text, "# class = searchsorted({cuts:?}, dynamics(row), side=\"right\")");
        }
        text
    }
}

impl Written {
    fn scores(&self, inputs: &[Input]) -> Result<Vec<f64>, DynamicsError> {
        let mut columns = Vec::with_capacity(self.inputs.len());
        for scaled in &self.inputs {
            columns.push(scaled.values(inputs)?);
        }
        let rows = columns.first().map_or(0, Vec::len);
        let mut row = vec![0.0; columns.len()];
        let score = |number: usize| {
            for (cell, column) in row.iter_mut().zip(&columns) {
                *cell = column[number];
            }
            self.function.score(&row)
        };
        Ok((0..rows).map(score).collect())
    }
}

impl Scaled {
    /// A column of numbers with what scales it; nothing if half of it is one value.
    fn of(input: &Input) -> Option<Self> {
        let Values::Numbers(numbers) = &input.values else { return None };
        let mut sorted: Vec<f64> = numbers.iter().copied().filter(|number| number.is_finite()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |share: f64| sorted.get((sorted.len().saturating_sub(1) as f64 * share) as usize).copied();
        let (median, scale) = (at(0.5)?, (at(0.75)? - at(0.25)?) / IQR_OF_NORMAL);
        (scale > 0.0).then(|| Self { column: input.name.to_owned(), median, scale })
    }

    fn values(&self, inputs: &[Input]) -> Result<Vec<f64>, DynamicsError> {
        let missing = || DynamicsError::MissingColumn(self.column.clone());
        let input = inputs.iter().find(|input| input.name == self.column).ok_or_else(missing)?;
        let Values::Numbers(numbers) = &input.values else { return Err(missing()) };
        let scaled = |number: &f64| ((number - self.median) / self.scale).clamp(-INPUT_MAX, INPUT_MAX);
        Ok(numbers.iter().map(scaled).collect())
    }
}

/// The cut points that split scores into classes of equal size.
pub(super) fn cuts(scores: &[f64], classes: usize) -> Vec<f64> {
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    (1..classes).filter_map(|class| sorted.get(sorted.len() * class / classes).copied()).collect()
}

/// The class of a score, as a number.
pub(super) fn class(cuts: &[f64], score: f64) -> f64 {
    cuts.iter().filter(|cut| **cut <= score).count() as f64
}
