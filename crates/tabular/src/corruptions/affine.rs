//! What the affine operators share: `written = value * factor + offset`, with digits enough to come back exactly.

use crate::error::TabularError;
use crate::field::{Field, Kind, round_to};
use crate::repair::{Fix, Repair};
use crate::table::{Table, Value};
use crate::text::{parse_number, write_number};

use super::{Draft, Plan};

/// The repair of a column whose values the source writes as `value * factor + offset`.
pub(super) fn repair(source: &str, field: &Field, factor: f64, offset: f64) -> Repair {
    let decimals = if field.kind == Kind::Integer { Some(0) } else { field.decimals };
    Repair::new(source, &[&field.name], Fix::Affine { factor, offset, decimals })
}

/// Writes every line's cells as the plan's affine repairs say that the source does.
pub(super) fn apply(plan: &Plan, lines: &[usize], draft: &mut Draft) -> Result<(), TabularError> {
    for repair in &plan.repairs {
        let Fix::Affine { factor, offset, decimals } = repair.fix else { continue };
        for name in &repair.columns {
            let column = draft.table().require(name)?;
            for &line in lines {
                if let Some(value) = parse_number(&draft.text(line, column)) {
                    draft.set(line, column, &write(value, factor, offset, decimals));
                }
            }
        }
    }
    Ok(())
}

/// The rows where at least one of the plan's affine repairs finds a value that was changed.
pub(super) fn candidates(plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
    let mut bites = vec![false; table.rows()];
    for repair in &plan.repairs {
        let Fix::Affine { factor, offset, decimals } = repair.fix else { continue };
        for name in &repair.columns {
            let column = table.require(name)?;
            for (row, bites) in bites.iter_mut().enumerate() {
                let value = match table.value(row, column) {
                    Value::Number(value) => value,
                    Value::Integer(value) => value as f64,
                    _ => continue,
                };
                *bites |= parse_number(&write(value, factor, offset, decimals)) != Some(value);
            }
        }
    }
    Ok((0..table.rows()).filter(|row| bites[*row]).collect())
}

/// The text of `value * factor + offset` with one digit more than its way back needs.
pub(super) fn write(value: f64, factor: f64, offset: f64, decimals: Option<u8>) -> String {
    let written = value * factor + offset;
    let Some(decimals) = decimals else { return write_number(written) };
    // A step of the column is `factor` steps of the other unit: the smaller those are, the more digits it takes.
    let more = (-libm::log10(factor.abs())).ceil() + 1.0;
    let digits = (f64::from(decimals) + more).clamp(0.0, f64::from(u8::MAX)) as u8;
    let short = round_to(written, digits);
    let back = |written: f64| round_to((written - offset) / factor, decimals);
    if back(short) == back(written) { write_number(short) } else { write_number(written) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_recorded_value_comes_back_from_a_short_text() {
        for (factor, offset) in [(2.2046, 0.0), (1.8, 32.0), (0.001, 0.0), (1000.0, 0.0), (-1.0, 0.0)] {
            for decimals in 0..4 {
                for step in -500..500 {
                    let value = round_to(f64::from(step) * 1.7, decimals);
                    let text = write(value, factor, offset, Some(decimals));
                    let fix = Fix::Affine { factor, offset, decimals: Some(decimals) };
                    let back = parse_number(&fix.cell(&text).unwrap()).unwrap();
                    assert_eq!(back, value, "{value} as {text} by {factor}");
                    assert!(text.len() <= 12, "{text}");
                }
            }
        }
    }
}
