//! World: a population and its label function, from which every clean table of one task is drawn.

use envy_core::Seed;
use envy_tabular::domain::Domain;
use envy_tabular::dynamics::{Dynamics, DynamicsError, DynamicsSpec, Input, Target, inputs};
use envy_tabular::{Column, Field, Kind, Population, Role, Table};

use super::knobs::Settings;

/// The header of the label.
pub(super) const LABEL: &str = "y";

/// Fresh rows that the label's cut points are taken from: class shares within half a point.
const CUT_ROWS: usize = 40_000;

/// With this many used columns, one of them is a category.
const CATEGORY_FROM: usize = 4;

/// A population and its label function.
pub(super) struct World {
    population: Population,
    dynamics: Dynamics,
    label: Field,
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
        let sample = population.draw(&seed.derive("cut-points"), CUT_ROWS, 1);
        let spec = DynamicsSpec {
            target: Target::Classes(settings.classes),
            used: settings.used,
            categories: usize::from(settings.used >= CATEGORY_FROM),
            nodes: settings.nodes,
            frequency: 1.0,
        };
        let usable = usable(&sample);
        let dynamics = Dynamics::draw(&seed.derive("dynamics"), &spec, &usable)?;
        let mut label = Field::new(LABEL, Kind::Category, Role::Target);
        label.levels = (0..settings.classes).map(|class| class.to_string()).collect();
        domain.label.clone_into(&mut label.doc);
        Ok(Self { population, dynamics, label })
    }

    /// What the rows are about.
    pub(super) fn domain(&self) -> &'static Domain {
        self.population.domain()
    }

    /// The population.
    pub(super) fn population(&self) -> &Population {
        &self.population
    }

    /// The label function.
    pub(super) fn dynamics(&self) -> &Dynamics {
        &self.dynamics
    }

    /// `rows` fresh labelled rows, numbered from `first_id`.
    pub(super) fn draw(&self, seed: &Seed, rows: usize, first_id: i64) -> Table {
        let mut table = self.population.draw(seed, rows, first_id);
        let labels =
            self.dynamics.labels(&usable(&table)).expect("a draw has the columns of the cut points' draw");
        let codes = labels.into_iter().map(|label| Some(label as u32)).collect();
        table.push(self.label.clone(), Column::Category(codes)).expect("the label's codes are its levels");
        table
    }
}

/// What the label may depend on: observations, never what follows from them.
fn usable(table: &Table) -> Vec<Input<'_>> {
    let is_feature = |input: &Input| {
        table.fields.iter().any(|field| field.name == input.name && field.role == Role::Feature)
    };
    inputs(table).into_iter().filter(is_feature).collect()
}
