//! A target of many numbers as classes: bands of equal size, since the fixed models classify.

use crate::field::{Field, Kind, Role};
use crate::table::Column;
use crate::text::write_number;

/// Cuts a numeric target into `bands` bands that hold equally many rows (fewer, where many rows share one number): the
/// field of the classes, the class of each row, and a note. Nothing if there are not two.
pub(super) fn cut(field: &Field, column: &Column, bands: usize) -> Option<(Field, Column, Option<String>)> {
    let numbers = column.numbers();
    let mut sorted: Vec<f64> = numbers.iter().copied().filter(|number| number.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let edge = |band: usize| sorted[band * sorted.len() / bands - 1];
    let mut edges: Vec<f64> = (1..bands).filter(|band| band * sorted.len() >= bands).map(edge).collect();
    edges.dedup();
    // A last edge at the greatest number would leave nothing above it.
    edges.retain(|edge| sorted.last().is_some_and(|last| edge < last));
    if edges.is_empty() {
        return None;
    }
    let band = |number: &f64| number.is_finite().then(|| edges.partition_point(|edge| edge < number) as u32);
    let codes = Column::Category(numbers.iter().map(band).collect());
    let levels: Vec<String> = (1..=edges.len() + 1).map(|band| format!("band-{band}")).collect();
    let limits: Vec<String> = edges.iter().map(|edge| write_number(*edge)).collect();
    let what = format!("cut into {} bands of equal size, at {}", levels.len(), limits.join(", "));
    let note = format!("{}: a target of many different numbers, {what}", field.name);
    let doc = format!("The number was {what}.");
    Some((Field { levels, doc, ..Field::new(&field.name, Kind::Category, Role::Target) }, codes, Some(note)))
}
