//! A user's own table: read and understood, and refused until tasks can be made from one.

use envy_core::{GenerateError, TableSource};
use envy_tabular::{InferOptions, infer};

/// Why no task comes of the table `bytes`: what is wrong with it, or that own tables are not supported yet.
pub(super) fn refuse(bytes: &[u8], source: &TableSource) -> GenerateError {
    let options =
        InferOptions { target: source.target.clone(), header: source.header, skip_lines: source.skip_lines };
    match infer(bytes, &options) {
        Err(error) => GenerateError::Input {
            what: format!("{} makes no task: {error}", source.name),
            hint: error.hint().to_owned(),
        },
        Ok(understood) => GenerateError::Input {
            what: format!(
                "{} is understood ({}), but tasks cannot be made from a table of your own yet",
                source.name,
                understood.notes.join("; ")
            ),
            hint: "leave --table and --target out: the domains of --domain need no table".to_owned(),
        },
    }
}
