//! Which columns of a user's table tell most about its target: faults that can choose hit those.

use std::collections::BTreeMap;

use envy_tabular::{Kind, Role, Table};

/// A numeric column is looked at in so many bands of equal size.
const BANDS: usize = 8;

/// The names of the `most` columns that tell most, each looked at alone; of equals the first.
pub(super) fn telling(table: &Table, most: usize) -> Vec<String> {
    let Some(target) = table.role(Role::Target) else { return Vec::new() };
    let labels = classes(table, target);
    let mut ranked: Vec<(usize, usize)> = (0..table.fields.len())
        .filter(|column| {
            let field = &table.fields[*column];
            field.role.is_domain() && field.kind != Kind::Text
        })
        .map(|column| (told(table, column, &labels), column))
        .collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    ranked.into_iter().take(most).map(|(_, column)| table.fields[column].name.clone()).collect()
}

/// The class of each row; of a number its band.
fn classes(table: &Table, target: usize) -> Vec<f64> {
    let numbers = table.columns[target].numbers();
    if !table.fields[target].kind.is_numeric() {
        return numbers.into_owned();
    }
    let edges = edges(&numbers);
    numbers.iter().map(|number| edges.partition_point(|edge| edge < number) as f64).collect()
}

/// Where the bands of a column of numbers part.
fn edges(numbers: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = numbers.iter().copied().filter(|number| number.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    (1..BANDS).filter_map(|band| sorted.get(band * sorted.len() / BANDS).copied()).collect()
}

/// The rows that are classified rightly by the most frequent class of each level or band.
fn told(table: &Table, column: usize, labels: &[f64]) -> usize {
    let numbers = table.columns[column].numbers();
    let edges = if table.fields[column].kind.is_numeric() { edges(&numbers) } else { Vec::new() };
    let mut counts: BTreeMap<(usize, u64), usize> = BTreeMap::new();
    for (number, label) in numbers.iter().zip(labels) {
        let place = match (number.is_finite(), edges.is_empty()) {
            (false, _) => usize::MAX,
            (true, true) => *number as usize,
            (true, false) => edges.partition_point(|edge| edge < number),
        };
        *counts.entry((place, label.to_bits())).or_default() += 1;
    }
    let mut most: BTreeMap<usize, usize> = BTreeMap::new();
    for ((place, _), count) in counts {
        let best = most.entry(place).or_default();
        *best = count.max(*best);
    }
    most.into_values().sum()
}

#[cfg(test)]
mod tests {
    use envy_tabular::{Column, Field};

    use super::*;

    #[test]
    fn what_decides_the_label_comes_first() {
        let field = |name: &str, kind, role| Field::new(name, kind, role);
        let mut kind = field("kind", Kind::Category, Role::Feature);
        kind.levels = ["a", "b", "c"].map(str::to_owned).to_vec();
        let mut y = field("y", Kind::Category, Role::Target);
        y.levels = ["0", "1"].map(str::to_owned).to_vec();
        let fields = vec![
            field("noise", Kind::Number, Role::Feature),
            field("note", Kind::Text, Role::Feature),
            kind,
            field("size", Kind::Number, Role::Feature),
            y,
        ];
        let rows = 0..200_usize;
        let columns = vec![
            Column::Number(rows.clone().map(|row| (row * 37 % 101) as f64).collect()),
            Column::Text(rows.clone().map(|row| Some(row.to_string())).collect()),
            Column::Category(rows.clone().map(|row| Some((row / 70) as u32)).collect()),
            Column::Number(rows.clone().map(|row| row as f64).collect()),
            Column::Category(rows.map(|row| Some(u32::from(row >= 100))).collect()),
        ];
        let table = Table::new(fields, columns).unwrap();
        assert_eq!(telling(&table, 2), ["size", "kind"]);
        assert_eq!(telling(&table, 9).len(), 3);
    }
}
