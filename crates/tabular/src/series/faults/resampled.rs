//! T5, resampled: a device sends the mean of its last readings instead of the last one.
//!
//! In life: a firmware that smooths, a historian that stores interval means under the interval's end. Parameters: the column
//! and how many readings each mean is of, 3 to 5. Evidence: less noise than the twin, and later than it; a release note gives
//! the number. Inverse: the last of them, one after the other, exact (a mean is sent with three more digits). Literature:
//! aggregation artefacts of time series data (Gao et al. 2021, process historians).

use envy_core::Rng;
use serde_json::json;

use super::course::twinned;
use crate::corruptions::{Corruption, CorruptionInfo, Draft, Plan, Site};
use crate::error::TabularError;
use crate::evidence::Evidence;
use crate::field::round_to;
use crate::ledger::Fairness;
use crate::repair::{Fix, Repair};
use crate::series::Summary;
use crate::text::{parse_number, write_number};

/// Readings of a mean, from and to.
const WIDTH: (usize, usize) = (3, 5);
/// Digits that a mean is sent with beyond those of the column: so many readings added up stay exact.
const MORE_DIGITS: u8 = 3;

/// A device sends the mean of its last readings instead of the last one.
pub(super) struct Resampled;

impl Corruption for Resampled {
    fn info(&self) -> &'static CorruptionInfo {
        &CorruptionInfo {
            code: "T5",
            name: "resampled",
            class: Fairness::Exact,
            rate: 1.0,
            share: 1.0,
            doc: "A device sends the mean of its last readings under the moment of the last one.",
            notes: &[
                "new firmware: {column} is now the mean of the last {width} readings",
                "{column}: smoothing switched on, each value is the mean of the {width} latest readings",
                "historian stores {column} as means of {width} readings, stamped with the last one's moment",
            ],
        }
    }

    fn plan(&self, rng: &mut Rng, site: &Site) -> Option<Plan> {
        let (column, twin) = twinned(rng, site, &[Summary::Phase, Summary::Range])?;
        let (name, decimals) = (site.name(column), site.table.fields[column].decimals?);
        let width = WIDTH.0 + rng.below(WIDTH.1 - WIDTH.0 + 1);
        let repair = Repair::new(site.source, &[name], Fix::Unmean { width, decimals });
        let mut plan = Plan::new(&[name], json!({ "width": width }));
        plan.repairs.push(repair.clone());
        plan.evidence.push(Evidence::TwinAgrees { repair, twin: site.name(twin).to_owned() });
        let values = [("column", name), ("width", &width.to_string())];
        plan.evidence.push(site.log(rng, self.info(), &values));
        Some(plan)
    }

    fn apply(
        &self,
        _: &mut Rng,
        plan: &Plan,
        lines: &[usize],
        draft: &mut Draft,
    ) -> Result<(), TabularError> {
        let column = plan.column(draft.table())?;
        let Some(Fix::Unmean { width, decimals }) = plan.repairs.first().map(|repair| &repair.fix) else {
            return Ok(());
        };
        let values: Vec<Option<f64>> =
            lines.iter().map(|line| parse_number(&draft.text(*line, column))).collect();
        // A sensor that was silent begins anew, as its inverse does.
        let mut run: Vec<f64> = Vec::new();
        for (&line, value) in lines.iter().zip(values) {
            let Some(value) = value else {
                run.clear();
                continue;
            };
            run.push(value);
            let last = &run[run.len().saturating_sub(*width)..];
            let mean = last.iter().sum::<f64>() / last.len() as f64;
            draft.set(line, column, &write_number(round_to(mean, decimals + MORE_DIGITS)));
        }
        Ok(())
    }
}
