//! Categories that a source stores as the numbers of their levels.

use std::collections::BTreeMap;

use envy_tabular::{Field, Fix, Kind, Parsed, Repair, text};

use super::Case;

/// This share of a source's cells must be numbers of levels.
const SHARE_MIN: f64 = 0.9;
/// So many cells must be.
const COUNT_MIN: usize = 5;

/// Finds sources that store codes, and whether they count from 0 or from 1.
pub(super) fn codes(case: &mut Case) {
    let mut found = Vec::new();
    for (index, field) in case.sight.fields.iter().enumerate() {
        if field.kind != Kind::Category || !field.role.is_domain() {
            continue;
        }
        for source in 0..case.sources.len() {
            found.extend(judge(case, source, index, field));
        }
    }
    for repair in found {
        case.accept(repair);
    }
}

fn judge(case: &Case, source: usize, index: usize, field: &Field) -> Option<Repair> {
    let source = &case.sources[source];
    let cells: Vec<&str> = source.lines.iter().map(|line| case.cell(*line, index)).collect();
    let is_unreadable = |cell: &&str| text::parse(field, cell) == Parsed::Unreadable;
    let numbers: Vec<usize> =
        cells.iter().filter(|cell| is_unreadable(cell)).filter_map(|cell| cell.trim().parse().ok()).collect();
    let levels = field.levels.len();
    let present = cells.iter().filter(|cell| !text::is_missing(cell)).count();
    if numbers.len() < COUNT_MIN || (numbers.len() as f64) < SHARE_MIN * present as f64 {
        return None;
    }
    let (least, most) = (numbers.iter().min()?, numbers.iter().max()?);
    let possible: Vec<usize> =
        [0, 1].into_iter().filter(|base| least >= base && *most < levels + base).collect();
    let noted = |base: &usize| case.sight.is_noted(&source.name, &format!("{base} = {}", field.levels[0]));
    let peers = shares(case, &source.lines, index, field);
    let distance = |base: usize| {
        let count = |level: usize| numbers.iter().filter(|number| **number == level + base).count() as f64;
        (0..levels).map(|level| (count(level) / numbers.len() as f64 - peers[level]).abs()).sum::<f64>()
    };
    let likely = || possible.iter().copied().min_by(|a, b| distance(*a).total_cmp(&distance(*b)));
    let base = possible.iter().copied().find(noted).or_else(likely)?;
    let map: BTreeMap<String, String> = field
        .levels
        .iter()
        .enumerate()
        .map(|(code, level)| ((code + base).to_string(), level.clone()))
        .collect();
    Some(Repair::new(&source.name, &[&field.name], Fix::Recode { map }))
}

/// How frequent each level is in the other sources.
fn shares(case: &Case, lines: &[usize], index: usize, field: &Field) -> Vec<f64> {
    let mut counts = vec![0.0; field.levels.len()];
    let mut total: f64 = 0.0;
    for line in (0..case.table.rows()).filter(|line| lines.binary_search(line).is_err()) {
        if let Some(code) = field.code(case.cell(line, index)) {
            counts[code as usize] += 1.0;
            total += 1.0;
        }
    }
    counts.into_iter().map(|count| count / total.max(1.0)).collect()
}
