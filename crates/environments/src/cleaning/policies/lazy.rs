//! `policy/lazy`: what is done to any table without looking at it: clip at three interquartile ranges, impute medians.

use envy_core::{Brief, Policy, PolicyKind, Script, Seed};

use envy_tabular::{Field, RawTable, Role, text};

use super::submit_program;

/// Clips and imputes.
pub(super) struct Lazy;

const PROGRAM: &str = r#"import json

import pandas as pd


def clean_data(tables):
    frame = tables["train"].copy()
    with open("schema.json", encoding="utf-8") as file:
        columns = json.load(file)["columns"]
    for column in columns:
        if column["kind"] in ("number", "integer") and column["role"] in ("feature", "derived"):
            values = pd.to_numeric(frame[column["name"]], errors="coerce")
            low, high = values.quantile(0.25), values.quantile(0.75)
            reach = 3 * (high - low)
            frame[column["name"]] = values.clip(low - reach, high + reach).fillna(values.median())
    return frame
"#;

impl Policy for Lazy {
    fn name(&self) -> &'static str {
        "lazy"
    }

    fn doc(&self) -> &'static str {
        "clips at three interquartile ranges and imputes medians"
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, _brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        submit_program(PROGRAM)
    }
}

/// Interquartile ranges beyond the quartiles that are left alone.
const REACH: f64 = 3.0;

/// What the program makes of a table, for the gate.
pub(in crate::cleaning) fn clipped(fields: &[Field], raw: &RawTable) -> RawTable {
    let width = raw.headers().len();
    let mut rows: Vec<Vec<String>> = (0..raw.rows())
        .map(|row| (0..width).map(|column| raw.cell(row, column).to_owned()).collect())
        .collect();
    let is_clipped =
        |field: &&Field| field.kind.is_numeric() && matches!(field.role, Role::Feature | Role::Derived);
    for column in fields.iter().filter(is_clipped).filter_map(|field| raw.position(&field.name)) {
        let numbers: Vec<Option<f64>> = rows.iter().map(|row| text::parse_number(&row[column])).collect();
        let mut present: Vec<f64> = numbers.iter().flatten().copied().collect();
        present.sort_unstable_by(f64::total_cmp);
        if present.is_empty() {
            continue;
        }
        let quantile = |share: f64| {
            let at = share * (present.len() - 1) as f64;
            let (below, above) = (present[at as usize], present[(at as usize + 1).min(present.len() - 1)]);
            below + (at - at.floor()) * (above - below)
        };
        let (low, high, median) = (quantile(0.25), quantile(0.75), quantile(0.5));
        let reach = REACH * (high - low);
        for (row, number) in rows.iter_mut().zip(numbers) {
            let value = number.map_or(median, |number| number.max(low - reach).min(high + reach));
            row[column] = text::write_number(value);
        }
    }
    RawTable::new(raw.headers().to_vec(), rows).expect("every row keeps its cells")
}
