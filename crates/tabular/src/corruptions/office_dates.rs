//! D3, office dates: a source's moments went through an office program.
//!
//! In life: a year of two digits, the days since 1900 or 1904 that a spreadsheet stores. Parameters: the format.
//! Evidence: cells that are no ISO moment and become one of the table's own time; the two systems of spreadsheets lie
//! 1,462 days apart. Inverse: exact. Literature: Ziemann et al. 2016 (what spreadsheets make of identifiers and dates).

use envy_core::Rng;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, format};
use crate::error::TabularError;
use crate::ledger::Fairness;
use crate::repair::OFFICE_FORMATS;
use crate::table::{Table, Value};

/// The years 2000 to 2099, which two digits name, in seconds since 1970.
const CENTURY_S: std::ops::RangeInclusive<i64> = 946_684_800..=4_102_444_799;

/// A source's moments went through an office program.
pub(super) struct OfficeDates;

impl Corruption for OfficeDates {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "D3",
            name: "office-dates",
            class: Fairness::Exact,
            rate: 1.0,
            share: 0.2,
            doc: "A source writes moments with a year of two digits or as a spreadsheet's number of days.",
            notes: &[
                "{column} was opened in a spreadsheet and saved as {format}",
                "the office's sheet keeps {column} as {format}",
                "{column} comes out of the spreadsheet as {format}",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        format::plan(self.info(), &OFFICE_FORMATS, rng, site)
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let column = plan.column(table)?;
        let plain = |row: &usize| matches!(table.value(*row, column), Value::Time(moment) if CENTURY_S.contains(&moment));
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
