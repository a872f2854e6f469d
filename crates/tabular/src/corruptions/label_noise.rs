//! L2, label noise: a source gives some rows a class at random.
//!
//! In life: annotators in a hurry, a click beside the button. Parameters: none. Evidence: none that names a row; a
//! confident model doubts them. Inverse: none; it is texture, kept under three cells in a hundred and out of the score.
//! Literature: Northcutt et al. 2021 (pervasive label errors); Frenay and Verleysen 2014.

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, label_convention::classes};
use crate::error::TabularError;
use crate::field::Role;
use crate::ledger::Fairness;
use crate::table::Table;

/// A source gives some rows a class at random.
pub(super) struct LabelNoise;

impl Corruption for LabelNoise {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "L2",
            name: "label-noise",
            class: Fairness::Lost,
            rate: 0.1,
            share: 0.1,
            doc: "A source gives one row in ten another class at random; it is not scored.",
            notes: &[
                "{column} is given by trainees",
                "spot check of {column}: about one in ten would be given otherwise",
                "{column} is ticked in a hurry at the end of the day",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let target = site.table.role(Role::Target)?;
        classes(site.table, target)?;
        let mut plan = Plan::new(&[site.name(target)], json!({}));
        plan.evidence.push(site.log(rng, self.info(), &[("column", site.name(target))]));
        Some(plan)
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let column = plan.column(table)?;
        Ok((0..table.rows()).filter(|row| !table.value(*row, column).is_missing()).collect())
    }

    fn apply(
        &self,
        rng: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let column = plan.column(draft.table())?;
        let classes = classes(draft.table(), column).unwrap_or_default();
        for &line in lines {
            let own = draft.text(line, column);
            let others: Vec<&String> = classes.iter().filter(|class| **class != own).collect();
            if !others.is_empty() {
                draft.set(line, column, rng.pick(&others).as_str());
            }
        }
        Ok(())
    }
}
