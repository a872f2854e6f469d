//! Rows that were sent again.

use std::collections::BTreeSet;

use envy_tabular::repair::comparable;
use envy_tabular::{Fix, Repair, Role};

use super::Case;

/// So many equal rows are no chance...
const COUNT_MIN: usize = 3;
/// ...if they are also this share of the source's rows.
const SHARE_MIN: f64 = 0.02;

/// Finds sources whose rows repeat in everything but id and time.
pub(super) fn duplicates(case: &mut Case) {
    let fields = &case.sight.fields;
    let compared: Vec<usize> =
        (0..fields.len()).filter(|field| !matches!(fields[*field].role, Role::Id | Role::Time)).collect();
    let mut found = Vec::new();
    for source in &case.sources {
        let key = |line: &usize| -> Vec<String> {
            compared.iter().map(|field| comparable(case.cell(*line, *field))).collect()
        };
        let distinct: BTreeSet<Vec<String>> = source.lines.iter().map(key).collect();
        let repeated = source.lines.len() - distinct.len();
        if repeated >= COUNT_MIN && repeated as f64 >= SHARE_MIN * source.lines.len() as f64 {
            found.push(source.name.clone());
        }
    }
    let columns: Vec<&str> = compared.iter().map(|field| fields[*field].name.as_str()).collect();
    for source in found {
        case.accept(Repair::new(&source, &columns, Fix::Dedupe));
    }
}
