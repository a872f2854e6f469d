//! The flags of a user's own table, shared by the commands that generate.

use std::path::PathBuf;

use envy_lab::dataset::OwnTable;

use crate::fail::Failure;

/// A table of the user's own.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Your own table")]
pub(crate) struct TableFlags {
    /// Make the task from this CSV file instead of a generated table.
    #[arg(long, value_name = "FILE", requires = "target")]
    pub(crate) table: Option<PathBuf>,
    /// The column to predict: a name, or a number from 0 (negative counts from the end).
    #[arg(long, value_name = "COLUMN", requires = "table", allow_hyphen_values = true)]
    pub(crate) target: Option<String>,
    /// The column that says when a row was recorded: what comes last is held back (leakage).
    #[arg(long, value_name = "COLUMN", requires = "table")]
    pub(crate) time: Option<String>,
    /// The column that says whom a row belongs to: whole groups are held back (leakage).
    #[arg(long, value_name = "COLUMN", requires = "table")]
    pub(crate) group: Option<String>,
    /// The first line is data already.
    #[arg(long, requires = "table")]
    pub(crate) no_header: bool,
    /// Pass over this many lines before the header or the data.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "table")]
    pub(crate) skip_lines: usize,
}

impl TableFlags {
    /// The table that is named, if one is.
    ///
    /// # Errors
    /// It cannot be read or is too large.
    pub(crate) fn read(&self) -> Result<Option<OwnTable>, Failure> {
        let (Some(file), Some(target)) = (&self.table, &self.target) else { return Ok(None) };
        let table = OwnTable::read(file, target, !self.no_header, self.skip_lines)?;
        Ok(Some(table.with_roles(self.time.clone(), self.group.clone())))
    }
}
