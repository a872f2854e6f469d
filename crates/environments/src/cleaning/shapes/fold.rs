//! Fold: from the rows of the table that comes back to what a model reads, where a label does not belong to a row.

use std::sync::Arc;

use envy_tabular::series::Windows;
use envy_tabular::time::{DAY_S, parse_iso, write_iso};
use envy_tabular::{Field, Kind, RawTable, Role};
use serde::{Deserialize, Serialize};

use crate::cleaning::features::Encoded;
use crate::cleaning::files;
use crate::cleaning::world::LABEL;

/// What a model reads of a cleaned table, as the driver writes it and a model's box gets it.
pub(in crate::cleaning) const UNITS_CLEAN: &str = "units_clean.csv";

/// The features of a unit, as `schema.json` has those of a row.
pub(in crate::cleaning) const UNITS_SCHEMA: &str = "units_schema.json";

/// How rows become units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "shape", rename_all = "snake_case")]
pub(in crate::cleaning) enum Folding {
    /// Readings become windows.
    Series(Windows),
}

/// The units of one draw with their labels.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::cleaning) struct Fold {
    folding: Arc<Folding>,
    units: Vec<(String, i64)>,
    labels: Vec<Option<f64>>,
}

impl Folding {
    /// The path of the file that names the units and their labels.
    pub(in crate::cleaning) fn units_name(&self) -> &'static str {
        match self {
            Self::Series(_) => "windows.csv",
        }
    }

    /// The columns that name a unit in its file, and the label.
    fn headers(&self) -> Vec<String> {
        match self {
            Self::Series(windows) => [&windows.device, "day", LABEL].map(str::to_owned).to_vec(),
        }
    }

    /// The file's bytes.
    pub(in crate::cleaning) fn write_units(&self, units: &[(String, i64)], labels: &[u32]) -> Vec<u8> {
        let row = |((name, day), label): (&(String, i64), &u32)| {
            vec![name.clone(), write_iso(day * DAY_S)[..10].to_owned(), label.to_string()]
        };
        let rows = units.iter().zip(labels).map(row).collect();
        RawTable::new(self.headers(), rows).expect("every unit has its three cells").write()
    }

    /// `shape.json`: how units are computed, for programs.
    pub(in crate::cleaning) fn write(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a folding is plain data");
        bytes.push(b'\n');
        bytes
    }

    /// The features of a unit as fields, with their words in the data dictionary.
    pub(in crate::cleaning) fn fields(&self, rows: &[Field]) -> Vec<Field> {
        let Self::Series(windows) = self;
        let field = |feature: &envy_tabular::series::Window| {
            let unit = rows.iter().find(|field| field.name == feature.column).map(|field| field.unit.clone());
            Field {
                doc: format!("`{}`: {}.", feature.column, feature.summary.doc()),
                unit: unit.unwrap_or_default(),
                ..Field::new(&feature.name, Kind::Number, Role::Feature)
            }
        };
        windows.features.iter().map(field).collect()
    }
}

impl Fold {
    /// Reads the units of a draw.
    ///
    /// # Errors
    /// The bytes are no list of units.
    pub(in crate::cleaning) fn read(folding: &Arc<Folding>, bytes: &[u8]) -> Result<Self, String> {
        let name = folding.units_name();
        let raw = files::raw(bytes, name)?;
        if raw.headers() != folding.headers() {
            return Err(format!("{name} has other columns"));
        }
        let (mut units, mut labels) = (Vec::new(), Vec::new());
        for row in 0..raw.rows() {
            let day = parse_iso(&format!("{} 00:00:00", raw.cell(row, 1)));
            let day = day.ok_or_else(|| format!("{name} has a day that is none in row {}", row + 1))?;
            units.push((raw.cell(row, 0).to_owned(), day.div_euclid(DAY_S)));
            labels.push(raw.cell(row, 2).parse::<u32>().ok().map(f64::from));
        }
        Ok(Self { folding: Arc::clone(folding), units, labels })
    }

    /// What a model reads of these rows: units without a row are left out.
    pub(in crate::cleaning) fn encode(&self, rows: &RawTable) -> Encoded {
        let Folding::Series(windows) = self.folding.as_ref();
        // Without a column that is needed there is nothing to read.
        let found = windows.of(rows, &self.units).unwrap_or_else(|_| vec![None; self.units.len()]);
        let mut columns: Vec<Vec<f64>> = vec![Vec::new(); windows.features.len()];
        let mut labels = Vec::new();
        for (features, label) in found.into_iter().zip(&self.labels) {
            let Some(features) = features else { continue };
            columns.iter_mut().zip(features).for_each(|(column, feature)| column.push(feature));
            labels.push(*label);
        }
        Encoded { columns, labels }
    }

    /// The same as a table, for a model of the agent's own.
    pub(in crate::cleaning) fn write(&self, rows: &RawTable) -> Vec<u8> {
        let Folding::Series(windows) = self.folding.as_ref();
        let encoded = self.encode(rows);
        let headers = windows.features.iter().map(|feature| feature.name.clone()).chain([LABEL.to_owned()]);
        let row = |row: usize| {
            let number = |column: &Vec<f64>| {
                if column[row].is_nan() {
                    String::new()
                } else {
                    envy_tabular::text::write_number(column[row])
                }
            };
            let label = encoded.labels[row].map_or_else(String::new, |label| (label as u32).to_string());
            encoded.columns.iter().map(number).chain([label]).collect()
        };
        let rows = (0..encoded.labels.len()).map(row).collect();
        RawTable::new(headers.collect(), rows).expect("every unit has a cell for each feature").write()
    }
}
