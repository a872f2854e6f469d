//! A fault as it happens to rows, and what undoes it.

use envy_core::Rng;

use super::TRAIN;
use crate::corruptions::{self, Draft, Plan};
use crate::error::TabularError;
use crate::ledger::{Event, LEDGER_EVENT};
use crate::mechanism::Mechanism;
use crate::sheet::Sheet;

/// What happens: an operator by its code, in a way that was planned, at a source.
pub(crate) struct Happening<'a> {
    /// The operator's code.
    pub(crate) operator: &'a str,
    /// How.
    pub(crate) plan: &'a Plan,
    /// Where.
    pub(crate) source: &'a str,
    /// Which rows it chooses.
    pub(crate) mechanism: Mechanism,
}

impl Happening<'_> {
    /// Lets it happen to these rows, and tells of it.
    ///
    /// # Errors
    /// There is no such operator, or the sheet is of another population.
    pub(crate) fn to(self, rng: &mut Rng, rows: &[usize], sheet: &mut Sheet) -> Result<Event, TabularError> {
        let operator = corruptions::find(self.operator)?;
        let mut draft = Draft::new(sheet)?;
        operator.apply(rng, self.plan, rows, &mut draft)?;
        let (changes, copies) = draft.finish()?;
        Ok(Event {
            schema: LEDGER_EVENT.to_owned(),
            operator: self.operator.to_owned(),
            mechanism: self.mechanism,
            parameters: self.plan.parameters.clone(),
            source: self.source.to_owned(),
            table: TRAIN.to_owned(),
            columns: self.plan.columns.clone(),
            class: operator.info().class,
            changes,
            copies,
            repairs: self.plan.repairs.clone(),
            evidence: self.plan.evidence.clone(),
        })
    }
}
