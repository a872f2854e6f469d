//! N11, overflow: a source keeps a column in an integer that is too small for it.
//!
//! In life: a byte or a 16-bit word in firmware, a database column of the wrong type, counted in the column's last
//! digit. Parameters: after how much it begins again, and whether it has a sign. Evidence: values outside the legal
//! range that come inside by exactly that much. Inverse: that multiple, exact. Literature: integer overflow (Dietz et
//! al. 2012); counter wraps in monitoring data (RFC 1155).

use envy_core::Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, reaches};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::{Kind, round_to};
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::table::Table;
use crate::text::{parse_number, write_number};

/// The widths of small integers, in bits.
const BITS: [i32; 3] = [8, 12, 16];

/// A source keeps a column in an integer that is too small for it.
pub(super) struct Overflow;

#[derive(Serialize, Deserialize)]
struct Parameters {
    /// After how much it begins again, in the column's unit.
    modulus: f64,
    /// Half of the numbers are negative.
    signed: bool,
    decimals: u8,
}

impl Corruption for Overflow {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N11",
            name: "overflow",
            class: Fairness::Exact,
            rate: 0.4,
            share: 0.5,
            doc: "A source keeps a numeric column in an integer that begins again when it is full.",
            notes: &[
                "{column} is kept in {bits} bits, which count up to {modulus}",
                "the field for {column} has {bits} bits and starts over after {modulus}",
                "register of {column}: {bits} bits, range {modulus}",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let fits = |field: &crate::Field| field.range.is_some() && field.kind.is_numeric();
        for column in site.columns(rng, |field, _| fits(field)) {
            let field = &site.table.fields[column];
            let decimals = if field.kind == Kind::Integer { Some(0) } else { field.decimals };
            let (Some((low, high)), Some(decimals)) = (field.range, decimals) else { continue };
            let mut kinds: Vec<(i32, bool)> =
                BITS.iter().flat_map(|bits| [(*bits, true), (*bits, false)]).collect();
            rng.shuffle(&mut kinds);
            for (bits, signed) in kinds {
                let modulus = libm::pow(2.0, f64::from(bits)) / libm::pow(10.0, f64::from(decimals));
                let fix = Fix::Wrap { low, high, modulus, decimals: Some(decimals) };
                let repair = Repair::new(site.source, &[&field.name], fix);
                let mut plan = Plan::new(&[&field.name], json!(Parameters { modulus, signed, decimals }));
                plan.repairs.push(repair.clone());
                if !reaches(self, &plan, site.table) {
                    continue;
                }
                plan.evidence.push(Evidence::BecomesLegal { repair });
                let (bits, modulus) = (bits.to_string(), modulus.to_string());
                let values = [("column", field.name.as_str()), ("bits", &bits), ("modulus", &modulus)];
                plan.evidence.push(site.log(rng, self.info(), &values));
                return Some(plan);
            }
        }
        None
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let (column, parameters) = (plan.column(table)?, plan.read::<Parameters>()?);
        let Some(Repair { fix, .. }) = plan.repairs.first() else { return Ok(Vec::new()) };
        let comes_back = |row: &usize| {
            let text = table.text(*row, column);
            let back = wrapped(&text, &parameters).and_then(|written| fix.cell(&written));
            back.is_some_and(|back| parse_number(&back) == parse_number(&text))
        };
        Ok((0..table.rows()).filter(comes_back).collect())
    }

    fn hits_all(&self) -> bool {
        true
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
            if let Some(text) = wrapped(&draft.text(line, column), &parameters) {
                draft.set(line, column, &text);
            }
        }
        Ok(())
    }
}

/// What the small integer holds of a number; nothing if it fits.
fn wrapped(text: &str, parameters: &Parameters) -> Option<String> {
    let value = parse_number(text)?;
    let Parameters { modulus, signed, decimals } = parameters;
    let least = if *signed { -modulus / 2.0 } else { 0.0 };
    let turns = ((value - least) / modulus).floor();
    (turns != 0.0).then(|| write_number(round_to(value - turns * modulus, *decimals)))
}
