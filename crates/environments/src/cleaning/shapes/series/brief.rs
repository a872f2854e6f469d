//! The visible half of a task of readings.

use std::fmt::Write as _;

use envy_core::{BoxFile, Brief, Rng, Seed};
use envy_tabular::population::ROW_ID;
use envy_tabular::{Field, Reference, Role};

use super::super::{DRIVER_SOURCE, SHAPE, Shape, UNITS_SCHEMA};
use super::candidate::Candidate;
use crate::cleaning::brief::{About, columns_table, references_table};
use crate::cleaning::facts::Facts;
use crate::cleaning::files::{CHANGES, DRIVER, README, SCHEMA, TRAIN};
use crate::cleaning::knobs::Settings;
use crate::cleaning::menu;
use crate::cleaning::notes;
use crate::cleaning::schema::TableSchema;
use crate::cleaning::world::LABEL;

/// How the dictionary says what its devices do.
const DEVICES: &[&str] = &[
    "All devices are read at the same moments, every two hours from 00:00 UTC on, and none is left out. Records stand in the \
     order in which they were taken; those of one moment by device. What changes at a device is noted in `logs/changes.log`.",
    "The fleet is polled every two hours, on the even hours of UTC, each device once. The file keeps the order in which \
     readings were taken, whatever moment a record carries. `logs/changes.log` holds what was reported of single devices.",
    "Every device has one reading for each even hour of UTC, no more and no fewer. Rows were appended as readings were taken, \
     the devices of one moment one after the other. Work on devices is noted in `logs/changes.log`.",
];

/// How it says what a second sensor is for.
const TWINS: &[&str] = &[
    "A column whose name ends in `_twin` is a second sensor beside the first. Both measure the same to a few hundredths of \
     what days differ by, and no fault of the second is known.",
    "Where there is a `_twin`, two sensors hang side by side; their readings agree but for noise of a few hundredths of the \
     difference between days. The second ones are all in order.",
    "`_twin` columns come from redundant sensors. They were audited and follow the true value within a few hundredths of \
     what is usual between days.",
];

/// How it says what a counter does.
const COUNTERS: &[&str] = &[
    "counts up from the day it was installed and never falls",
    "is a running total; it only ever rises",
    "adds up since installation, so that no value is less than the one before",
];

/// The visible half of a candidate.
pub(super) fn visible(seed: &Seed, candidate: &Candidate, settings: &Settings) -> Brief {
    let (world, given) = (&candidate.world, &candidate.draws[0]);
    let (plant, folding) = (world.plant(), world.folding());
    let domain = plant.domain();
    let about = About {
        title: domain.title,
        doc: domain.doc,
        fields: plant.fields(),
        references: &candidate.references,
        begins: plant.begins(),
    };
    let lines = notes::notes(seed, &given.ledger, &about, settings.told);
    let units = world.fields();
    let facts = Facts {
        classes: settings.classes,
        model: settings.model.name().to_owned(),
        tau: settings.tau,
        certified: true,
        id: ROW_ID.to_owned(),
        source: plant.windows().device.clone(),
        target: LABEL.to_owned(),
        serve: false,
        shape: Shape::Series.name().to_owned(),
    };
    let schema = |name: &str, fields: &[Field], references: &[Reference]| {
        TableSchema::new(name, fields, references).write()
    };
    Brief {
        environment: "cleaning".to_owned(),
        title: about.title.to_owned(),
        files: vec![
            BoxFile::new(TRAIN, given.export.clone()),
            BoxFile::new(folding.units_name(), candidate.units[0].clone()),
            BoxFile::new(SCHEMA, schema("train", about.fields, about.references)),
            BoxFile::new(UNITS_SCHEMA, schema("windows", &units, &[])),
            BoxFile::new(SHAPE, folding.write()),
            BoxFile::new(README, readme(&mut seed.derive("dictionary").rng(), &about, &units)),
            BoxFile::new(CHANGES, lines.join("\n") + "\n"),
            BoxFile::new(DRIVER, DRIVER_SOURCE),
        ],
        collect: vec!["*.py".to_owned(), menu::MODEL.to_owned()],
        facts: facts.write(),
    }
}

fn readme(rng: &mut Rng, about: &About, units: &[Field]) -> String {
    let mut text = format!("# {}\n\n{}\n\n## Columns of `train.csv`\n\n", about.title, about.doc);
    text.push_str(&columns_table(about.fields));
    text.push_str(&references_table(about.references));
    let counter = |field: &&Field| field.role == Role::Feature && field.range.is_none();
    let counters: Vec<String> =
        about.fields.iter().filter(counter).map(|field| format!("`{}`", field.name)).collect();
    let _ = write!(
        text,
        "\n## Devices\n\n{} {} {} {}.\n",
        rng.pick(DEVICES),
        rng.pick(TWINS),
        counters.join(", "),
        rng.pick(COUNTERS)
    );
    text.push_str(
        "\n## Windows\n\nA window is one device's day, 00:00 to 24:00 UTC. `windows.csv` lists the windows with their label; \
         labels are right and are not to be returned. A reading belongs to the window of its device and of its \
         `recorded_at`. Of its readings in the order of time, with what cannot be read left out, a window has\n\n",
    );
    text.push_str(&columns_table(units));
    text
}
