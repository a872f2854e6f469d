//! D1, date format: a source writes moments in its own format.
//!
//! In life: day or month first, dots, a compact stamp, seconds or milliseconds since 1970. Parameters: the format.
//! Evidence: cells that are no ISO moment and become one; days beyond 12 tell day from month. Inverse: exact.
//! Literature: the flights and rayyan benchmarks, where most errors are formats of times and dates.

use envy_core::Rng;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, format};
use crate::error::TabularError;
use crate::ledger::Fairness;
use crate::repair::DATE_FORMATS;
use crate::table::{Table, Value};

/// A source writes moments in its own format.
pub(super) struct DateFormatMix;

impl Corruption for DateFormatMix {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "D1",
            name: "date-format",
            class: Fairness::Exact,
            rate: 1.0,
            share: 0.2,
            doc: "A source writes moments in its own format: day or month first, compact, or counted since 1970.",
            notes: &[
                "{column} is exported as {format}",
                "after the change of locale {column} is written as {format}",
                "{column} leaves the recorder as {format}",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        format::plan(self.info(), &DATE_FORMATS, rng, site)
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let column = plan.column(table)?;
        // A moment before 1970 or after 9999 is not written alike by all formats.
        let plain = |row: &usize| matches!(table.value(*row, column), Value::Time(0..=253_402_300_799));
        Ok((0..table.rows()).filter(plain).collect())
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        format::apply(plan, lines, draft)
    }
}
