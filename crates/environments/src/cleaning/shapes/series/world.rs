//! World: a plant and the label function of its windows.

use envy_core::Seed;
use envy_tabular::dynamics::{Dynamics, DynamicsError, DynamicsSpec, Target, inputs};
use envy_tabular::series::domains::SeriesDomain;
use envy_tabular::series::{DEVICES, Labels, Plant};
use envy_tabular::{Column, Field, Kind, Role, Table};

use super::super::Folding;
use crate::cleaning::knobs::Settings;
use crate::cleaning::world::LABEL;

/// Windows that the label's cut points are taken from: class shares within a point.
const CUT_WINDOWS: usize = 20_000;

/// A plant and the label function of its windows.
pub(super) struct World {
    plant: Plant,
    dynamics: Dynamics,
    label: Field,
    fields: Vec<Field>,
}

impl World {
    /// Draws a world.
    ///
    /// # Errors
    /// The settings contradict each other.
    pub(super) fn new(
        domain: &'static SeriesDomain,
        seed: &Seed,
        settings: &Settings,
    ) -> Result<Self, DynamicsError> {
        let plant = Plant::new(domain, &seed.derive("plant"), settings.columns);
        let fields = Folding::Series(plant.windows().clone()).fields(plant.fields());
        let sample = table(&fields, plant.natural(&seed.derive("cut-points"), CUT_WINDOWS / DEVICES));
        let spec = DynamicsSpec {
            target: Target::Classes(settings.classes),
            used: settings.used,
            categories: 0,
            nodes: settings.nodes,
            frequency: 1.0,
        };
        let dynamics = Dynamics::draw(&seed.derive("dynamics"), &spec, &inputs(&sample))?;
        let mut label = Field::new(LABEL, Kind::Category, Role::Target);
        label.levels = (0..settings.classes).map(|class| class.to_string()).collect();
        domain.label.clone_into(&mut label.doc);
        Ok(Self { plant, dynamics, label, fields })
    }

    /// The plant.
    pub(super) fn plant(&self) -> &Plant {
        &self.plant
    }

    /// The label function.
    pub(super) fn dynamics(&self) -> &Dynamics {
        &self.dynamics
    }

    /// How readings become windows.
    pub(super) fn folding(&self) -> Folding {
        Folding::Series(self.plant.windows().clone())
    }

    /// The classes of windows by what a model reads of them.
    pub(super) fn labels(&self, windows: &[Vec<f64>]) -> Vec<u32> {
        let table = table(&self.fields, windows.to_vec());
        let labels = self.dynamics.labels(&inputs(&table)).expect("windows have the features of the sample");
        labels.into_iter().map(|label| label as u32).collect()
    }

    /// Readings whose windows have these classes.
    pub(super) fn draw(&self, seed: &Seed, wanted: &[Vec<u32>], first_id: i64) -> Table {
        let of = |windows: &[Vec<f64>]| self.labels(windows);
        let labels = Labels { of: &of, wanted, classes: self.label.levels.len() };
        let days = wanted.first().map_or(0, Vec::len);
        self.plant.draw(seed, days, first_id, Some(&labels))
    }

    /// Fresh labelled windows that stand for the plant, at most `count` of them.
    pub(super) fn clean_set(&self, seed: &Seed, count: usize) -> Table {
        let mut windows = self.plant.natural(seed, count.div_ceil(DEVICES));
        windows.truncate(count);
        let codes = self.labels(&windows).into_iter().map(Some).collect();
        let mut table = table(&self.fields, windows);
        table.push(self.label.clone(), Column::Category(codes)).expect("the label's codes are its levels");
        table
    }

    /// The fields of a labelled window.
    pub(super) fn fields(&self) -> Vec<Field> {
        self.fields.iter().chain([&self.label]).cloned().collect()
    }
}

/// Windows as a table of features.
fn table(fields: &[Field], windows: Vec<Vec<f64>>) -> Table {
    let mut columns: Vec<Vec<f64>> = vec![Vec::with_capacity(windows.len()); fields.len()];
    for window in windows {
        columns.iter_mut().zip(window).for_each(|(column, value)| column.push(value));
    }
    let columns = columns.into_iter().map(Column::Number).collect();
    Table::new(fields.to_vec(), columns).expect("a window has a number for each feature")
}
