//! R2, conflicting duplicates: a source's older versions of records are stored beside the newer ones.
//!
//! In life: a preliminary result that was corrected, a file uploaded again from a stale folder. Parameters: the column
//! that differs, how much older at most. Evidence: rows that are equal in everything but id, time and that column.
//! Inverse: the one recorded last stays, exact. Literature: conflict resolution in data fusion (Bleiholder and Naumann
//! 2008).

use envy_core::Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread, unique_rows};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::{Kind, Role};
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::Table;
use crate::time::{parse_iso, write_iso};

/// A table with more rows than this share equal to others in all that is compared has no hold for this fault.
const EQUAL_SHARE_MAX: f64 = 0.002;
/// Values of other rows that are tried for one that differs.
const ATTEMPTS: usize = 50;

/// A source's older versions of records are stored beside the newer ones.
pub(super) struct ConflictingDuplicates;

#[derive(Serialize, Deserialize)]
struct Parameters {
    /// The column in which an older version differs.
    differs: String,
    /// The most seconds that it is older.
    age_max_s: i64,
    /// The most lines that it stands below the newer one.
    gap_max: usize,
}

impl Corruption for ConflictingDuplicates {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "R2",
            name: "conflicting-duplicates",
            class: Fairness::Exact,
            rate: 0.6,
            share: 0.4,
            doc: "A source's older versions of records, with another figure, are stored under ids of their own.",
            notes: &[
                "preliminary records with an unchecked {column} were uploaded late; the last recorded one stands",
                "corrections of {column} are sent as new records, and the old ones are not withdrawn",
                "a stale folder was uploaded again: older versions, other {column}, earlier time",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let time = site.table.role(Role::Time).filter(|time| site.table.fields[*time].kind == Kind::Time)?;
        // What a formula depends on would give the older version away and the formula's column with it.
        let columns = site.columns(rng, |field, column| {
            field.kind.is_numeric() && !site.is_related(field) && Spread::of(column).is_some()
        });
        let differs = site.name(*columns.first()?);
        let is_compared =
            |field: &&crate::Field| !matches!(field.role, Role::Id | Role::Time) && field.name != differs;
        let compared: Vec<&str> =
            site.table.fields.iter().filter(is_compared).map(|field| field.name.as_str()).collect();
        let parameters = Parameters {
            differs: differs.to_owned(),
            age_max_s: 3_600 * (1 + rng.below(48) as i64),
            gap_max: 5 + rng.below(40),
        };
        let touched: Vec<&str> = compared.iter().copied().chain([differs, site.name(time)]).collect();
        let mut plan = Plan::new(&touched, json!(parameters));
        let unique = self.candidates(&plan, site.table).ok()?.len();
        if (unique as f64) < (1.0 - EQUAL_SHARE_MAX) * site.table.rows() as f64 {
            return None;
        }
        let ordered: Vec<&str> = compared.iter().copied().chain([site.name(time)]).collect();
        plan.repairs.push(Repair::new(site.source, &ordered, Fix::Supersede));
        let columns = compared.iter().map(|name| (*name).to_owned()).collect();
        plan.evidence.push(Evidence::Copies { source: site.source.to_owned(), columns });
        plan.evidence.push(site.log(rng, self.info(), &[("column", differs)]));
        Some(plan)
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let differs = plan.read::<Parameters>()?.differs;
        let mut columns = Vec::new();
        for name in plan.columns.iter().filter(|name| **name != differs) {
            // The source decides nothing here: it is given out after this question.
            let column = table.require(name)?;
            if !matches!(table.fields[column].role, Role::Source | Role::Time) {
                columns.push(column);
            }
        }
        let column = table.require(&differs)?;
        let mut unique = unique_rows(table, &columns);
        unique.retain(|row| !table.value(*row, column).is_missing());
        Ok(unique)
    }

    fn apply(
        &self,
        rng: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let parameters = plan.read::<Parameters>()?;
        let column = draft.table().require(&parameters.differs)?;
        let time = draft.table().role(Role::Time);
        for &line in lines {
            let gap = 1 + rng.below(parameters.gap_max.max(1));
            let copy = draft.repeat(rng, line, gap);
            let own = draft.text(line, column);
            let rows = draft.table().rows();
            let other = (0..ATTEMPTS)
                .map(|_| draft.table().text(rng.below(rows), column).into_owned())
                .find(|other| *other != own && !other.is_empty());
            draft.set(copy, column, &other.unwrap_or_default());
            let Some(time) = time else { continue };
            if let Some(moment) = parse_iso(&draft.text(line, time)) {
                let age = 60 + rng.below(parameters.age_max_s.max(1) as usize) as i64;
                draft.set(copy, time, &write_iso(moment - age));
            }
        }
        Ok(())
    }
}
