//! What operators of series share: sensors with a twin, stretches of time, and the device's own moments.

use std::ops::Range;

use envy_core::Rng;

use crate::corruptions::Site;
use crate::field::{Field, Kind, Role};
use crate::series::{Summary, TWIN};
use crate::table::{Column, Table};

/// A sensor with a twin of which one of these summaries tells about the label, with the twin's column; one by chance.
pub(super) fn twinned(rng: &mut Rng, site: &Site, summaries: &[Summary]) -> Option<(usize, usize)> {
    let twin = |column: usize| site.table.position(&format!("{}{TWIN}", site.name(column)));
    let columns = site.columns(rng, |field, _| is_read(site, field, summaries));
    columns.into_iter().find_map(|column| Some((column, twin(column)?)))
}

/// Whether the label depends on one of these summaries of a column: a fault that leaves them alone harms nobody.
pub(super) fn is_read(site: &Site, field: &Field, summaries: &[Summary]) -> bool {
    let name = |summary: &Summary| format!("{}_{}", field.name, summary.name());
    summaries.iter().any(|summary| site.used.contains(&name(summary)))
}

/// Whether the label depends on one of these summaries of any column.
pub(super) fn is_any_read(site: &Site, summaries: &[Summary]) -> bool {
    site.table.fields.iter().any(|field| is_read(site, field, summaries))
}

/// The column of moments.
pub(super) fn time(table: &Table) -> Option<usize> {
    table.role(Role::Time).filter(|column| table.fields[*column].kind == Kind::Time)
}

/// The first moment of a table.
pub(super) fn begins(table: &Table) -> Option<i64> {
    let Column::Time(moments) = &table.columns[time(table)?] else { return None };
    moments.iter().flatten().min().copied()
}

/// The last moment of a table.
pub(super) fn ends(table: &Table) -> Option<i64> {
    let Column::Time(moments) = &table.columns[time(table)?] else { return None };
    moments.iter().flatten().max().copied()
}

/// Stretches of `length.0` to `length.1` places that fill about this share of `count` places, never two side by side.
pub(super) fn stretches(
    rng: &mut Rng,
    count: usize,
    share: f64,
    length: (usize, usize),
) -> Vec<Range<usize>> {
    let mut stretches = Vec::new();
    let mut begin = rng.below(length.1);
    loop {
        let size = length.0 + rng.below(length.1 - length.0 + 1);
        if begin + size >= count {
            return stretches;
        }
        stretches.push(begin..begin + size);
        let pause = size as f64 * (1.0 - share) / share;
        begin += size + 2 + (2.0 * pause * rng.uniform()) as usize;
    }
}
