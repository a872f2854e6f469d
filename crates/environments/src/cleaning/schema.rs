//! `schema.json`: the columns as the agent gets them.

use envy_tabular::population::REFERENCE_PROBABILITIES;
use envy_tabular::{Field, Reference};
use serde::{Deserialize, Serialize};

const TABLE_SCHEMA: &str = "envy.table-schema/1";

/// The columns as the agent gets them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TableSchema {
    /// Always `envy.table-schema/1`.
    pub(super) schema: String,
    /// The table's name in `clean_data`'s argument.
    pub(super) table: String,
    /// The columns, in the table's order.
    pub(super) columns: Vec<SchemaColumn>,
}

/// One column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SchemaColumn {
    /// What the column is.
    #[serde(flatten)]
    pub(super) field: Field,
    /// Quantiles of clean rows, as pairs of a share and a value; empty where none are known.
    pub(super) reference_quantiles: Vec<(f64, f64)>,
}

impl TableSchema {
    /// The schema of these fields.
    pub(super) fn new(table: &str, fields: &[Field], references: &[Reference]) -> Self {
        let column = |field: &Field| {
            let reference = references.iter().find(|reference| reference.column == field.name);
            let pairs =
                reference.map(|reference| REFERENCE_PROBABILITIES.into_iter().zip(reference.quantiles));
            SchemaColumn { field: field.clone(), reference_quantiles: pairs.into_iter().flatten().collect() }
        };
        Self {
            schema: TABLE_SCHEMA.to_owned(),
            table: table.to_owned(),
            columns: fields.iter().map(column).collect(),
        }
    }

    /// The bytes of the file.
    pub(super) fn write(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a schema is plain data");
        bytes.push(b'\n');
        bytes
    }

    /// Reads the file.
    ///
    /// # Errors
    /// It is something else.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(bytes).map_err(|error| format!("schema.json cannot be read: {error}"))
    }

    /// The fields.
    pub(super) fn fields(&self) -> Vec<Field> {
        self.columns.iter().map(|column| column.field.clone()).collect()
    }
}
