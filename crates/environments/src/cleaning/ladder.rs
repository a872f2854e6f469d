//! What policies earn on a draw that the gate never saw.
//!
//! A gate that looked at both draws of a task has chosen them, so a claim about them would be about the gate's luck. Here
//! the fresh draw is replaced by a third one of the same recipe; everything else of the task stays.

use std::collections::BTreeMap;

use envy_core::{GenerateError, GenerateInput, Generated, Seed};
use envy_tabular::{RawTable, RepairPlan};

use super::bench::{Bench, Learner};
use super::generate;
use super::policies::{self, Skill};
use super::shapes;

/// The draw on which claims are measured.
const FRESH: usize = 1;

/// One policy's figures on one draw.
#[derive(Clone, Copy, Debug)]
pub struct Rung {
    /// Share of the lost accuracy won back; repair F1 where accuracy is not scored.
    pub recovery: f64,
    /// F1 of its repairs.
    pub repair_f1: f64,
    /// Share of right cells made wrong.
    pub damage: f64,
    /// The reward that this draw alone would earn.
    pub reward: f64,
    /// Whether it passes there.
    pub passed: bool,
}

/// Generates the task of a spec with a fresh draw that the gate has not seen.
///
/// # Errors
/// Every candidate was rejected, the user's own table makes no task, or the recipe does not fit the third draw.
pub fn unseen(input: &GenerateInput) -> Result<Generated, GenerateError> {
    generate::generate(input, true)
}

/// What the policies whose effect on a table is known in Rust come to on the fresh draw of a task, without a box.
///
/// # Errors
/// The task was made by another version.
pub fn climb(generated: &Generated) -> Result<BTreeMap<&'static str, Rung>, String> {
    let task = &generated.task;
    let bench = Bench::new(&task.brief, &task.hidden)?;
    let (sight, plan) = shapes::planned(&task.brief)?;
    let made_by: [(&str, Effect<'_>); 8] = [
        ("identity", &|dirty| Some(dirty.clone())),
        ("lazy", &|dirty| Some(policies::clipped(&sight.fields, dirty))),
        ("types-only", &|dirty| Skill::Types.of(&plan).apply(dirty).ok()),
        ("units-only", &|dirty| Skill::Units.of(&plan).apply(dirty).ok()),
        ("dedupe", &|dirty| Skill::Rows.of(&plan).apply(dirty).ok()),
        ("drop-sources", &|dirty| policies::of_good_sources(&plan, dirty)),
        ("drop", &|dirty| policies::unsuspicious(&sight, &plan, dirty)),
        ("reference", &|dirty| plan.apply(dirty).ok()),
    ];
    Ok(made_by.into_iter().filter_map(|(name, made)| Some((name, rung(&bench, made)?))).collect())
}

/// What a policy makes of a table.
type Effect<'a> = &'a dyn Fn(&RawTable) -> Option<RawTable>;

/// What the reference comes to on the fresh draw of a task when it overlooks each habit with probability `1 - skill`, once
/// for each seed, without a box. `policy/reference@SKILL` is the same in an episode.
///
/// # Errors
/// The task was made by another version, or a part of the plan does not fit the draw.
pub fn partly(generated: &Generated, skill: f64, seeds: &[Seed]) -> Result<Vec<Rung>, String> {
    let task = &generated.task;
    let bench = Bench::new(&task.brief, &task.hidden)?;
    let (_, plan) = shapes::planned(&task.brief)?;
    // Of a few habits there are few ways to overlook some: each is measured once.
    let mut known: Vec<(RepairPlan, Rung)> = Vec::new();
    let mut rungs = Vec::with_capacity(seeds.len());
    for seed in seeds {
        let seen = policies::overlooking(plan.clone(), skill, seed);
        if let Some((_, rung)) = known.iter().find(|(plan, _)| *plan == seen) {
            rungs.push(*rung);
            continue;
        }
        let found = rung(&bench, &|dirty| seen.apply(dirty).ok());
        let found = found.ok_or("a part of the plan does not fit the draw")?;
        known.push((seen, found));
        rungs.push(found);
    }
    Ok(rungs)
}

fn rung(bench: &Bench, made: Effect<'_>) -> Option<Rung> {
    let draw = &bench.draws[FRESH];
    let served = draw.batch.as_ref().and_then(|batch| made(batch.dirty()));
    let table = made(draw.truth.dirty())?;
    let measure = bench.measure_table(FRESH, table, served, &Learner::Fixed, &mut Vec::new());
    let (recovery, _, repair_f1, damage) = measure.figures();
    let (reward, passed) = (measure.reward(), measure.passes(bench.meta.tau));
    Some(Rung { recovery, repair_f1, damage, reward, passed })
}
