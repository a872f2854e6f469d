//! Sight: what the agent can see, read once.

use envy_core::Brief;
use envy_tabular::notes::{self, Told};
use envy_tabular::{Field, RawTable, Role, corruptions};

use super::super::files::{self, CHANGES, README, SCHEMA, TRAIN};
use super::super::schema::TableSchema;
use super::super::shapes::Shape;

/// Lines that are looked at: the first so many of the export. A source's habit shows in far fewer.
const LINES_MAX: usize = 6_000;

/// What the agent can see.
pub(in crate::cleaning) struct Sight {
    /// The columns as the schema has them.
    pub(in crate::cleaning) fields: Vec<Field>,
    /// The column of each field in the table.
    pub(in crate::cleaning) columns: Vec<usize>,
    /// The field that says where a row comes from.
    pub(in crate::cleaning) source: usize,
    /// The label; the source where labels belong to units and no solver asks for one.
    pub(in crate::cleaning) target: usize,
    /// The table, or its beginning.
    pub(in crate::cleaning) table: RawTable,
    notes: Vec<String>,
}

impl Sight {
    /// Reads a brief.
    ///
    /// # Errors
    /// It is no brief of a cleaning task.
    pub(in crate::cleaning) fn new(brief: &Brief) -> Result<Self, String> {
        let file = |path: &str| brief.file(path).ok_or_else(|| format!("the brief has no {path}"));
        let schema = TableSchema::read(file(SCHEMA)?)?;
        let table = files::raw(file(TRAIN)?, TRAIN)?.head(LINES_MAX);
        let notes = [README, CHANGES].iter().filter_map(|path| brief.file(path));
        let notes = notes
            .flat_map(|bytes| String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect::<Vec<_>>());
        Self::from_parts(schema.fields(), table, notes.collect())
    }

    /// Reads a brief of a task of this shape, every line of it.
    ///
    /// # Errors
    /// It is no brief of a cleaning task of this shape.
    pub(in crate::cleaning) fn of_shape(brief: &Brief, shape: Shape) -> Result<Self, String> {
        if shape == Shape::Table {
            return Self::new(brief);
        }
        let file = |path: &str| brief.file(path).ok_or_else(|| format!("the brief has no {path}"));
        let fields = TableSchema::read(file(SCHEMA)?)?.fields();
        let table = files::raw(file(TRAIN)?, TRAIN)?;
        let columns: Result<Vec<usize>, _> = fields.iter().map(|field| table.require(&field.name)).collect();
        let columns = columns.map_err(|error| error.to_string())?;
        let source = fields.iter().position(|field| field.role == Role::Source);
        let source = source.ok_or("no column is the source")?;
        let text = |path: &&str| brief.file(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let lines = |text: String| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let notes = [README, CHANGES].iter().filter_map(text).flat_map(lines).collect();
        Ok(Self { fields, columns, source, target: source, table, notes })
    }

    /// What an agent sees of these parts.
    ///
    /// # Errors
    /// The table lacks a column, or no column is the source or the label.
    pub(in crate::cleaning) fn from_parts(
        fields: Vec<Field>,
        table: RawTable,
        notes: Vec<String>,
    ) -> Result<Self, String> {
        let role = |role: Role, what: &str| {
            fields
                .iter()
                .position(|field| field.role == role)
                .ok_or_else(|| format!("no column is the {what}"))
        };
        let (source, target) = (role(Role::Source, "source")?, role(Role::Target, "label")?);
        let columns: Result<Vec<usize>, _> = fields.iter().map(|field| table.require(&field.name)).collect();
        Ok(Self {
            columns: columns.map_err(|error| error.to_string())?,
            fields,
            source,
            target,
            table,
            notes,
        })
    }

    /// The header of the source column.
    pub(in crate::cleaning) fn source_name(&self) -> &str {
        &self.fields[self.source].name
    }

    /// True if a line of the notes speaks of this source and this word.
    pub(in crate::cleaning) fn is_noted(&self, source: &str, word: &str) -> bool {
        self.notes.iter().any(|line| line.contains(source) && line.contains(word))
    }

    /// What the notes tell of a fault of this operator at this source.
    pub(in crate::cleaning) fn told(&self, source: &str, operator: &str) -> Vec<Told> {
        let phrasings = corruptions::find(operator).map_or(&[][..], |operator| operator.info().notes);
        let lead = format!(" {source}: ");
        let texts = self.notes.iter().filter_map(|line| Some(line.split_once(&lead)?.1));
        texts.filter_map(|text| notes::read_any(phrasings, text)).collect()
    }

    /// True if a note tells that the source now writes the column in this unit.
    pub(in crate::cleaning) fn noted_unit(&self, source: &str, column: &str, unit: &str) -> bool {
        self.told(source, "N1").iter().any(|told| told["column"] == column && told["unit"] == unit)
    }

    /// The offset that a calibration note gives for a source's column, if one does.
    pub(in crate::cleaning) fn noted_offset(&self, source: &str, column: &str) -> Option<f64> {
        let told = self.told(source, "N12").into_iter().find(|told| told["column"] == column)?;
        let size: f64 = told["size"].parse().ok()?;
        match told["direction"].as_str() {
            "high" => Some(size),
            "low" => Some(-size),
            _ => None,
        }
    }
}
