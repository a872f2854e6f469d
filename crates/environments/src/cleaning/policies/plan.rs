//! What the policies that know a repair plan share: the plan itself, and the program that carries it out.

use envy_core::{Brief, Seed};
use envy_tabular::repair::comparable;
use envy_tabular::{Fix, RawTable, RepairPlan, Role};

use super::super::shapes;
use super::super::solver::Sight;

/// Carries a plan out, as [`RepairPlan::apply`] does.
const CARRY_OUT: &str = concat!(include_str!("carry_out.py"), include_str!("carry_out_courses.py"));

/// Repairs.
const REPAIR: &str = "\n\ndef clean_data(tables):\n    return repaired(tables[\"train\"])\n";

/// Throws out what would be repaired.
const DROP: &str = r#"

def clean_data(tables):
    frame = tables["train"]
    identity = next(name for name, role in roles().items() if role == "id")
    after = repaired(frame).set_index(identity)
    kept = []
    for position, row in enumerate(frame[identity]):
        if row in after.index:
            old, new = frame.iloc[position], after.loc[row]
            kept.append(all(comparable(old[name]) == comparable(new[name]) for name in after.columns))
        else:
            kept.append(False)
    return frame[kept]
"#;

/// Throws out whole sources.
const DROP_SOURCES: &str = r#"

def clean_data(tables):
    frame = tables["train"]
    bad = {source for step in PLAN["steps"] for source in step["sources"]}
    kept = frame[~frame[PLAN["source_column"]].isin(bad)]
    return kept if len(kept) else frame
"#;

/// A part of what a plan needs: how far someone comes who can do only this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cleaning) enum Skill {
    /// To read cells as what they were meant to be.
    Types,
    /// To see that a source measures otherwise.
    Units,
    /// To tell which rows are records of their own.
    Rows,
}

impl Skill {
    /// The steps of a plan that this skill can carry out.
    pub(in crate::cleaning) fn of(self, plan: &RepairPlan) -> RepairPlan {
        let steps = plan.steps.iter().filter(|step| Self::needed(&step.fix) == Some(self));
        RepairPlan { steps: steps.cloned().collect(), ..plan.clone() }
    }

    fn needed(fix: &Fix) -> Option<Self> {
        match fix {
            Fix::Number { .. }
            | Fix::Affix { .. }
            | Fix::Dates { .. }
            | Fix::Canonical { .. }
            | Fix::Nearest { .. }
            | Fix::Mojibake { .. }
            | Fix::Sentinel { .. }
            | Fix::OutOfRange { .. } => Some(Self::Types),
            Fix::Affine { .. } => Some(Self::Units),
            Fix::Dedupe | Fix::Supersede | Fix::Discard { .. } | Fix::OffGrid { .. } => Some(Self::Rows),
            _ => None,
        }
    }
}

/// The plan that the solver reads from a brief; nothing if the brief cannot be read.
pub(super) fn plan(brief: &Brief) -> Option<(Sight, RepairPlan)> {
    shapes::planned(brief).ok()
}

/// The plan of one who overlooks each habit of each source with probability `1 - skill`.
pub(in crate::cleaning) fn overlooking(mut plan: RepairPlan, skill: f64, seed: &Seed) -> RepairPlan {
    let mut rng = seed.derive("overlooked").rng();
    plan.steps.retain_mut(|step| {
        // A step without sources touches every row.
        if step.sources.is_empty() {
            return rng.chance(skill);
        }
        step.sources.retain(|_| rng.chance(skill));
        !step.sources.is_empty()
    });
    plan
}

/// The `clean.py` that carries a plan out.
pub(in crate::cleaning) fn repairing_program(plan: &RepairPlan) -> String {
    program(plan) + REPAIR
}

/// The `clean.py` that throws out every row that the plan would change.
pub(super) fn dropping_program(plan: &RepairPlan) -> String {
    program(plan) + DROP
}

/// The `clean.py` that throws out every source that the plan would change.
pub(super) fn source_dropping_program(plan: &RepairPlan) -> String {
    program(plan) + DROP_SOURCES
}

fn program(plan: &RepairPlan) -> String {
    let json = serde_json::to_string(plan).expect("a plan is plain data");
    // A JSON string is a Python string.
    let literal = serde_json::to_string(&json).expect("a text is plain data");
    CARRY_OUT.trim_end().replace("__PLAN__", &literal)
}

/// The rows of a table that the plan would not change.
pub(in crate::cleaning) fn unsuspicious(
    sight: &Sight,
    plan: &RepairPlan,
    raw: &RawTable,
) -> Option<RawTable> {
    let id =
        sight.fields.iter().position(|field| field.role == Role::Id).map(|field| sight.columns[field])?;
    let after = plan.apply(raw).ok()?;
    let rows_after: std::collections::BTreeMap<&str, usize> =
        (0..after.rows()).rev().map(|row| (after.cell(row, id), row)).collect();
    let width = raw.headers().len();
    let is_kept = |row: &usize| {
        rows_after.get(raw.cell(*row, id)).is_some_and(|new| {
            (0..width)
                .all(|column| comparable(raw.cell(*row, column)) == comparable(after.cell(*new, column)))
        })
    };
    let row = |row: usize| (0..width).map(|column| raw.cell(row, column).to_owned()).collect();
    RawTable::new(raw.headers().to_vec(), (0..raw.rows()).filter(is_kept).map(row).collect()).ok()
}

/// The rows of a table whose source the plan would not change; all of them if none is left.
pub(in crate::cleaning) fn of_good_sources(plan: &RepairPlan, raw: &RawTable) -> Option<RawTable> {
    let source = raw.position(&plan.source_column)?;
    let is_bad = |name: &str| plan.steps.iter().any(|step| step.sources.iter().any(|bad| bad == name));
    let row = |row: usize| (0..raw.headers().len()).map(|column| raw.cell(row, column).to_owned()).collect();
    let kept: Vec<Vec<String>> =
        (0..raw.rows()).filter(|row| !is_bad(raw.cell(*row, source))).map(row).collect();
    if kept.is_empty() { Some(raw.clone()) } else { RawTable::new(raw.headers().to_vec(), kept).ok() }
}
