//! World: a population and its label function, from which every clean table of one task is drawn.

use envy_core::Seed;
use envy_tabular::domain::Domain;
use envy_tabular::dynamics::{DynamicsError, DynamicsSpec, Input, Target, inputs};
use envy_tabular::field::round_to;
use envy_tabular::{Column, Field, Kind, Population, Role, Table};

use super::knobs::Settings;
use super::law::Law;
use super::written::Function;

/// The header of the label.
pub(super) const LABEL: &str = "y";

/// Digits after the point of a label that is a number.
const LABEL_DECIMALS: u8 = 4;

/// Fresh rows that the label's cut points are taken from: class shares within half a point.
const CUT_ROWS: usize = 40_000;

/// Rows that share one course of time. A column with a memory wanders, and all rows of one draw wander with it: clean
/// sets are put together from many draws, so that they stand for the population and not for one such course.
const COURSE_ROWS: usize = 500;

/// With this many used columns, one of them is a category.
const CATEGORY_FROM: usize = 4;

/// A population and its label function.
pub(super) struct World {
    population: Population,
    law: Law,
    label: Field,
    /// Mean and standard deviation of the score, where that is the label itself.
    standard: Option<(f64, f64)>,
}

impl World {
    /// Draws a world.
    ///
    /// # Errors
    /// The settings contradict each other or the domain's columns.
    pub(super) fn new(
        domain: &'static Domain,
        seed: &Seed,
        settings: &Settings,
    ) -> Result<Self, DynamicsError> {
        let population = Population::new(domain, seed.derive("population"), settings.columns);
        let sample = spread(&population, &seed.derive("cut-points"), CUT_ROWS);
        let spec = DynamicsSpec {
            target: if settings.regression { Target::Score } else { Target::Classes(settings.classes) },
            used: settings.used,
            categories: usize::from(settings.used >= CATEGORY_FROM),
            nodes: settings.nodes,
            frequency: 1.0,
        };
        let usable = usable(&sample);
        let seed = seed.derive("dynamics");
        let law = match &settings.written {
            None => Law::draw(&seed, &spec, &usable)?,
            Some(source) => {
                let function = Function::read(source, settings.used).expect("it was examined before");
                Law::write(&seed, source, function, spec.target, &usable)?
            }
        };
        let standard = if settings.regression { Some(standard(&law.labels(&usable)?)) } else { None };
        let label = label(domain, settings);
        Ok(Self { population, law, label, standard })
    }

    /// The label function as a Python module, for the owner of the task.
    pub(super) fn python(&self) -> String {
        let module = self.law.python();
        self.standard.map_or(module.clone(), |(mean, deviation)| {
            format!(
                "{module}\n\ndef {LABEL}(row):\n    return round((dynamics(row) - {mean:?}) / {deviation:?}, {LABEL_DECIMALS})\n"
            )
        })
    }

    /// What the rows are about.
    pub(super) fn domain(&self) -> &'static Domain {
        self.population.domain()
    }

    /// The population.
    pub(super) fn population(&self) -> &Population {
        &self.population
    }

    /// The columns that the label depends on.
    pub(super) fn used(&self) -> Vec<String> {
        self.law.columns()
    }

    /// `rows` fresh labelled rows of one course of time, numbered from `first_id`.
    pub(super) fn draw(&self, seed: &Seed, rows: usize, first_id: i64) -> Table {
        self.labelled(self.population.draw(seed, rows, first_id))
    }

    /// `rows` fresh labelled rows that stand for the population, numbered from 1.
    pub(super) fn clean_set(&self, seed: &Seed, rows: usize) -> Table {
        self.labelled(spread(&self.population, seed, rows))
    }

    fn labelled(&self, mut table: Table) -> Table {
        let labels =
            self.law.labels(&usable(&table)).expect("a draw has the columns of the cut points' draw");
        let column = match self.standard {
            None => Column::Category(labels.into_iter().map(|label| Some(label as u32)).collect()),
            Some((mean, deviation)) => {
                let number = |score: f64| round_to((score - mean) / deviation, LABEL_DECIMALS);
                Column::Number(labels.into_iter().map(number).collect())
            }
        };
        table.push(self.label.clone(), column).expect("the label's column is what its field says");
        table
    }
}

/// The label's field.
fn label(domain: &Domain, settings: &Settings) -> Field {
    if settings.regression {
        let doc = format!("Score behind a group, in standard deviations from its mean. {}", domain.label);
        return Field {
            doc,
            decimals: Some(LABEL_DECIMALS),
            ..Field::new(LABEL, Kind::Number, Role::Target)
        };
    }
    let levels = (0..settings.classes).map(|class| class.to_string()).collect();
    Field { doc: domain.label.to_owned(), levels, ..Field::new(LABEL, Kind::Category, Role::Target) }
}

/// Mean and standard deviation.
fn standard(scores: &[f64]) -> (f64, f64) {
    let rows = scores.len() as f64;
    let mean = scores.iter().sum::<f64>() / rows;
    let squares: f64 = scores.iter().map(|score| (score - mean) * (score - mean)).sum();
    (mean, (squares / rows).sqrt())
}

/// Rows of many short draws, one under the other.
fn spread(population: &Population, seed: &Seed, rows: usize) -> Table {
    let courses = rows.div_ceil(COURSE_ROWS);
    let parts: Vec<Table> = (0..courses)
        .map(|course| {
            let first = course * COURSE_ROWS;
            let count = COURSE_ROWS.min(rows - first);
            population.draw(&seed.derive(&format!("course/{course}")), count, 1 + first as i64)
        })
        .collect();
    Table::stack(&parts).expect("draws of one population have the same fields")
}

/// What the label may depend on: observations, never what follows from them.
fn usable(table: &Table) -> Vec<Input<'_>> {
    let is_feature = |input: &Input| {
        table.fields.iter().any(|field| field.name == input.name && field.role == Role::Feature)
    };
    inputs(table).into_iter().filter(is_feature).collect()
}
