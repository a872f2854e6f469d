//! N9, quantisation: a source records a column on a coarse grid.
//!
//! In life: readings in steps of ten, ages in decades, a display with one digit. Parameters: the step. Evidence: far
//! fewer distinct values than elsewhere. Inverse: none; a derived column can be computed again only if it is the one
//! that is coarse. Literature: heaping (Heitjan and Rubin 1991).

use envy_core::Rng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Corruption, CorruptionInfo, Draft, Plan, Site, Spread};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::{Kind, round_to};
use crate::ledger::Fairness;
use crate::table::Table;
use crate::text::{parse_number, write_number};

/// The step in interquartile ranges.
const STEP_IQR: (f64, f64) = (0.5, 1.5);

/// A source records a column on a coarse grid.
pub(super) struct Quantisation;

#[derive(Serialize, Deserialize)]
struct Parameters {
    step: f64,
}

impl Corruption for Quantisation {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "N9",
            name: "quantisation",
            class: Fairness::Partial,
            rate: 1.0,
            share: 0.3,
            doc: "A source records a numeric column in coarse steps.",
            notes: &[
                "{column} is read off in steps of {step}",
                "the display of {column} has marks every {step}",
                "{column} is rounded to {step} before it is sent",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        for column in site.columns(rng, |field, _| field.kind == Kind::Number) {
            let field = &site.table.fields[column];
            let Some(spread) = Spread::of(&site.table.columns[column]) else { continue };
            let step = rng.between(STEP_IQR.0, STEP_IQR.1) * spread.iqr;
            let step = round_to(step, field.decimals.unwrap_or(9));
            if step == 0.0 {
                continue;
            }
            let mut plan = Plan::new(&[&field.name], json!(Parameters { step }));
            let (source, column) = (site.source.to_owned(), field.name.clone());
            plan.evidence.push(Evidence::Coarse { source, column });
            plan.evidence.push(site.log(
                rng,
                self.info(),
                &[("column", &field.name), ("step", &step.to_string())],
            ));
            return Some(plan);
        }
        None
    }

    fn candidates(&self, plan: &Plan, table: &Table) -> Result<Vec<usize>, TabularError> {
        let (column, step) = (plan.column(table)?, plan.read::<Parameters>()?.step);
        let changes = |row: &usize| {
            let text = table.text(*row, column);
            coarse(&text, step).is_some_and(|coarse| coarse != text)
        };
        Ok((0..table.rows()).filter(changes).collect())
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let (column, step) = (plan.column(draft.table())?, plan.read::<Parameters>()?.step);
        for &line in lines {
            if let Some(text) = coarse(&draft.text(line, column), step) {
                draft.set(line, column, &text);
            }
        }
        Ok(())
    }
}

/// The nearest multiple of the step, written without the noise of the multiplication.
fn coarse(text: &str, step: f64) -> Option<String> {
    let value = parse_number(text)?;
    Some(write_number(round_to((value / step).round() * step, 9)))
}
