//! L1, label convention: a source numbers its classes differently.
//!
//! In life: classes counted from 1 instead of 0, a scale turned round, an annotation tool with its own order.
//! Parameters: how far the classes are turned. Evidence: a model of the other sources agrees once they are turned
//! back; a change note. Inverse: the permutation's, exact. Recipes keep it under half of the rows, so that the
//! right convention stays the majority's. Literature: annotator conventions in Northcutt et al. 2021 (label errors).

use std::collections::BTreeMap;

use envy_core::Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::{Kind, Role};
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::{Column, Table};

/// A target with more distinct values is no class label.
const CLASSES_MAX: usize = 20;

/// A source numbers its classes differently.
pub(super) struct LabelConvention;

#[derive(Serialize, Deserialize)]
struct Parameters {
    /// What the source writes for a class.
    written: BTreeMap<String, String>,
}

impl Corruption for LabelConvention {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "L1",
            name: "label-convention",
            class: Fairness::Exact,
            rate: 1.0,
            share: 1.0,
            doc: "A source numbers its classes differently: every label is turned by the same step.",
            notes: &[
                "{column} follows another convention: {map}",
                "the annotation tool numbers {column} in its own way: {map}",
                "{column} is filled in by the local scheme: {map}",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let target = site.table.role(Role::Target)?;
        let classes = classes(site.table, target)?;
        let turn = 1 + rng.below(classes.len() - 1);
        let turned = |class: usize| classes[(class + turn) % classes.len()].clone();
        let written: BTreeMap<String, String> =
            classes.iter().enumerate().map(|(class, text)| (text.clone(), turned(class))).collect();
        let map: BTreeMap<String, String> =
            written.iter().map(|(class, written)| (written.clone(), class.clone())).collect();
        let told: Vec<String> = map.iter().map(|(written, class)| format!("{written} for {class}")).collect();
        let name = site.name(target);
        let repair = Repair::new(site.source, &[name], Fix::Recode { map });
        let mut plan = Plan::new(&[name], json!(Parameters { written }));
        plan.evidence.push(Evidence::LabelsAgree { repair: repair.clone() });
        plan.evidence.push(site.log(rng, self.info(), &[("column", name), ("map", &told.join(", "))]));
        plan.repairs.push(repair);
        Some(plan)
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let (column, parameters) = (plan.column(table)?, plan.read::<Parameters>()?);
        let is_class = |row: &usize| parameters.written.contains_key(table.text(*row, column).as_ref());
        Ok((0..table.rows()).filter(is_class).collect())
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let (column, parameters) = (plan.column(draft.table())?, plan.read::<Parameters>()?);
        for &line in lines {
            if let Some(written) = parameters.written.get(&draft.text(line, column)) {
                draft.set(line, column, written);
            }
        }
        Ok(())
    }
}

/// The texts of the target's classes in order, if it has two or more and not too many.
pub(super) fn classes(table: &Table, target: usize) -> Option<Vec<String>> {
    let field = &table.fields[target];
    let classes = match (&table.columns[target], field.kind) {
        (Column::Category(_), _) => field.levels.clone(),
        (Column::Integer(values), Kind::Integer) => {
            let distinct: std::collections::BTreeSet<i64> = values.iter().flatten().copied().collect();
            distinct.into_iter().map(|value| value.to_string()).collect()
        }
        _ => return None,
    };
    (2..=CLASSES_MAX).contains(&classes.len()).then_some(classes)
}
