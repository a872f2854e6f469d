//! The page that the agent finds beside the code: what the program is to do.

use envy_tabular::Domain;

const README: &str = include_str!("readme.md");

/// `README.md` of a task.
pub(super) fn readme(domain: &Domain) -> Vec<u8> {
    README.replace("{{title}}", domain.title).replace("{{doc}}", domain.doc).into_bytes()
}
