//! R1, duplicates: a source sends records again, under new ids and later.
//!
//! In life: an upload is retried until it is acknowledged, and every try is stored. Parameters: how often at most
//! and how much later. Evidence: rows that are equal in everything but id and time. Inverse: the first of equal rows
//! stays, exact. Literature: entity resolution's exact and near duplicates; `PuckTrick`'s duplicated mode.

use envy_core::Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, unique_rows};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::Role;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::Table;
use crate::time::{parse_iso, write_iso};

/// A table with more rows than this share equal to others in all but id and time has no hold for this fault.
const EQUAL_SHARE_MAX: f64 = 0.002;

/// A source sends records again, under new ids and later.
pub(super) struct Duplicates;

#[derive(Serialize, Deserialize)]
struct Parameters {
    /// The most copies of one row.
    copies_max: usize,
    /// The most seconds between two tries.
    delay_max_s: i64,
    /// The most lines between two tries.
    gap_max: usize,
}

impl Corruption for Duplicates {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "R1",
            name: "duplicates",
            class: Fairness::Exact,
            rate: 0.7,
            share: 0.4,
            doc: "A source sends records again, under new ids and a little later.",
            notes: &[
                "uploads that were not acknowledged are sent again and stored again",
                "retries of the uploader are stored as records of their own",
                "connection drops during upload; the queue sends what it is not sure of once more",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let is_compared = |role: Role| !matches!(role, Role::Id | Role::Time);
        let compared = site.table.fields.iter().filter(|field| is_compared(field.role));
        let columns: Vec<&str> = compared.map(|field| field.name.as_str()).collect();
        let repair = Repair::new(site.source, &columns, Fix::Dedupe);
        let parameters = Parameters {
            copies_max: 1 + rng.below(4),
            delay_max_s: 60 * (1 + rng.below(15) as i64),
            gap_max: 2 + rng.below(30),
        };
        let mut plan = Plan::new(&columns, json!(parameters));
        let unique = self.candidates(&plan, site.table).ok()?.len();
        if (unique as f64) < (1.0 - EQUAL_SHARE_MAX) * site.table.rows() as f64 {
            return None;
        }
        plan.evidence
            .push(Evidence::Copies { source: site.source.to_owned(), columns: plan.columns.clone() });
        plan.evidence.push(site.log(rng, self.info(), &[]));
        plan.repairs.push(repair);
        Some(plan)
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let mut columns = Vec::new();
        for name in &plan.columns {
            // The source decides nothing here: it is given out after this question.
            let column = table.require(name)?;
            if table.fields[column].role != Role::Source {
                columns.push(column);
            }
        }
        Ok(unique_rows(table, &columns))
    }

    fn apply(
        &self,
        rng: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let parameters = plan.read::<Parameters>()?;
        let time = draft.table().role(Role::Time);
        for &line in lines {
            let copies = 1 + rng.below(parameters.copies_max.max(1));
            let (mut gap, mut delay) = (0, 0);
            for _ in 0..copies {
                gap += rng.below(parameters.gap_max + 1);
                delay += 1 + rng.below(parameters.delay_max_s.max(1) as usize) as i64;
                let copy = draft.repeat(rng, line, gap);
                let Some(column) = time else { continue };
                if let Some(moment) = parse_iso(&draft.text(line, column)) {
                    draft.set(copy, column, &write_iso(moment + delay));
                }
            }
        }
        Ok(())
    }
}
