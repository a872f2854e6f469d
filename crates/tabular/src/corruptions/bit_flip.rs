//! N10, bit flip: one bit of a stored float is wrong.
//!
//! In life: memory without error correction, a torn write. Parameters: none; a bit of the exponent or the sign.
//! Evidence: values outside the legal range that one flipped bit brings inside. Inverse: that bit, exact; bits whose
//! flip stays in range, or that have several ways back, are not used. Literature: soft errors (Mukherjee 2008).

use envy_core::Rng;
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, reaches};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::Kind;
use crate::ledger::Fairness;
use crate::repair::{FLIPPED_BITS, Fix, Repair};
use crate::table::Table;
use crate::text::{parse_number, write_number};

/// One bit of a stored float is wrong.
pub(super) struct BitFlip;

impl Corruption for BitFlip {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N10",
            name: "bit-flip",
            class: Fairness::Exact,
            rate: 0.4,
            share: 0.4,
            doc: "A source's store flips one bit of a float's sign or exponent.",
            notes: &[
                "memory errors were counted while {column} was stored",
                "the store of {column} failed its parity check",
                "{column} went through a memory module that was exchanged later",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        for column in site.columns(rng, |field, _| field.kind == Kind::Number && field.range.is_some()) {
            let field = &site.table.fields[column];
            let (low, high) = field.range?;
            let repair = Repair::new(site.source, &[&field.name], Fix::BitFlip { low, high });
            let mut plan = Plan::new(&[&field.name], json!({}));
            plan.evidence.push(Evidence::BecomesLegal { repair: repair.clone() });
            plan.evidence.push(site.log(rng, self.info(), &[("column", &field.name)]));
            plan.repairs.push(repair);
            if reaches(self, &plan, site.table) {
                return Some(plan);
            }
        }
        None
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let column = plan.column(table)?;
        let flips = |row: &usize| !flips(plan, &table.text(*row, column)).is_empty();
        Ok((0..table.rows()).filter(flips).collect())
    }

    fn apply(
        &self,
        rng: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let column = plan.column(draft.table())?;
        for &line in lines {
            let flips = flips(plan, &draft.text(line, column));
            if !flips.is_empty() {
                draft.set(line, column, rng.pick(&flips).as_str());
            }
        }
        Ok(())
    }
}

/// The texts that a number becomes by one flipped bit and that the plan's repair brings back.
fn flips(plan: &Plan, text: &str) -> Vec<String> {
    let (Some(value), Some(repair)) = (parse_number(text), plan.repairs.first()) else { return Vec::new() };
    let flipped = FLIPPED_BITS.map(|bit| f64::from_bits(value.to_bits() ^ (1 << bit)));
    let texts = flipped.filter(|flipped| flipped.is_finite()).map(write_number);
    let back = |flipped: &String| repair.fix.cell(flipped).and_then(|back| parse_number(&back));
    texts.filter(|flipped| back(flipped) == Some(value)).collect()
}
