//! L3, annotator drift: from a day on a source gives the next higher class.
//!
//! In life: a threshold that was moved, a new annotator who is stricter. Parameters: the day. Evidence: the lowest class
//! is no longer given; the labels agree with what the other sources teach once they are taken back. Inverse: partial:
//! the highest class holds what belongs there and what was raised to it. Literature: concept drift in labels (Gama et
//! al. 2014); inter-annotator shifts (Northcutt et al. 2021).

use std::collections::BTreeMap;

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, label_convention::classes, reaches};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::Role;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::{Column, Table, Value};
use crate::time::{DAY_S, write_iso};

/// The share of the rows that were recorded before the day.
const BEFORE: (f64, f64) = (0.02, 0.06);
/// With fewer classes nothing could be taken back.
const CLASSES_MIN: usize = 3;

/// From a day on a source gives the next higher class.
pub(super) struct AnnotatorDrift;

impl Corruption for AnnotatorDrift {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "L3",
            name: "annotator-drift",
            class: Fairness::Partial,
            rate: 1.0,
            share: 0.3,
            doc: "From a day on a source gives the next higher class.",
            notes: &[
                "since {date} {column} is given one class higher than before",
                "new annotator from {date}, {column} comes out one class higher",
                "threshold of {column} was lowered on {date}: one class higher from then on",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let (target, time) = (site.table.role(Role::Target)?, site.table.role(Role::Time)?);
        let classes = classes(site.table, target).filter(|classes| classes.len() >= CLASSES_MIN)?;
        let Column::Time(moments) = &site.table.columns[time] else { return None };
        let mut moments: Vec<i64> = moments.iter().flatten().copied().collect();
        moments.sort_unstable();
        let place = moments.len() as f64 * rng.between(BEFORE.0, BEFORE.1);
        let since = moments.get(place as usize)?.div_euclid(DAY_S) * DAY_S;
        // What stands at the top may have been there before.
        let raised = classes.windows(2).take(classes.len() - 2);
        let map: BTreeMap<String, String> = raised.map(|pair| (pair[1].clone(), pair[0].clone())).collect();
        let (name, time) = (site.name(target), site.name(time));
        let fix = Fix::RecodeSince { time: time.to_owned(), since, map };
        let repair = Repair::new(site.source, &[name], fix);
        let mut plan = Plan::new(&[name, time], json!({ "since": since }));
        plan.evidence.push(Evidence::LabelsAgree { repair: repair.clone() });
        let (source, column, value) = (site.source.to_owned(), name.to_owned(), classes[0].clone());
        plan.evidence.push(Evidence::Absent { source, column, value });
        let values = [("column", name), ("date", &write_iso(since)[..10])];
        plan.evidence.push(site.log(rng, self.info(), &values));
        plan.repairs.push(repair);
        reaches(self, &plan, site.table).then_some(plan)
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let column = plan.column(table)?;
        let time = table.role(Role::Time);
        let since = plan.parameters["since"].as_i64().unwrap_or(i64::MAX);
        let top = classes(table, column).and_then(|classes| classes.last().cloned()).unwrap_or_default();
        let hit = |row: &usize| {
            let late = time.is_some_and(
                |time| matches!(table.value(*row, time), Value::Time(moment) if moment >= since),
            );
            late && !table.value(*row, column).is_missing() && table.text(*row, column) != top.as_str()
        };
        Ok((0..table.rows()).filter(hit).collect())
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let column = plan.column(draft.table())?;
        let classes = classes(draft.table(), column).unwrap_or_default();
        for &line in lines {
            let own = draft.text(line, column);
            let next = classes.windows(2).find(|pair| pair[0] == own).map(|pair| pair[1].clone());
            if let Some(next) = next {
                draft.set(line, column, &next);
            }
        }
        Ok(())
    }
}
