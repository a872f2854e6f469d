//! What was measured, a line of JSON for each task, and the figures that come of the lines.

use std::collections::BTreeMap;
use std::io::{self, Write};

use envy_environments::diagnosis::NONE_SHARE;
use serde::{Deserialize, Serialize};

/// One task that was asked for.
#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Line {
    /// The mechanism, `none` for none.
    pub(crate) mechanism: String,
    /// The task's seed.
    pub(crate) seed: u64,
    /// Which conditions the candidates before the admitted one failed.
    pub(crate) rejected: Vec<String>,
    /// Why there is no task.
    pub(crate) error: Option<String>,
    /// Processor seconds to make it.
    pub(crate) made: f64,
    /// What each policy earned that was played.
    pub(crate) earned: BTreeMap<String, Earned>,
}

/// One episode.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Earned {
    /// Points of the rubric.
    pub(crate) points: f64,
    /// Whether it passed.
    pub(crate) passed: bool,
    /// Processor seconds of the grade.
    pub(crate) graded: f64,
    /// Processor seconds in the agent's own box.
    pub(crate) worked: f64,
    /// What was not earned and why.
    pub(crate) lost: String,
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The policy whose figures stand beside each mechanism.
const REFERENCE: &str = "reference";

/// Writes the figures.
pub(crate) fn write(lines: &[Line], out: &mut dyn Write) -> io::Result<()> {
    let mut by_mechanism: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        by_mechanism.entry(&line.mechanism).or_default().push(line);
    }
    writeln!(out, "mechanism                      admitted  candidates  reference passed  mean points")?;
    for (mechanism, lines) in &by_mechanism {
        let admitted = lines.iter().filter(|line| line.error.is_none()).count();
        let candidates: usize =
            lines.iter().map(|line| line.rejected.len() + usize::from(line.error.is_none())).sum();
        let played: Vec<&Earned> = lines.iter().filter_map(|line| line.earned.get(REFERENCE)).collect();
        let passed = played.iter().filter(|earned| earned.passed).count();
        let points: Vec<f64> = played.iter().map(|earned| earned.points).collect();
        let asked = lines.len();
        writeln!(
            out,
            "{mechanism:30} {admitted:3} of {asked:2} {candidates:11} {passed:10} of {:2} {:12.1}",
            played.len(),
            mean(&points)
        )?;
    }
    policies(lines, out)?;
    let made: Vec<f64> = lines.iter().filter(|line| line.error.is_none()).map(|line| line.made).collect();
    let candidates: usize = lines.iter().map(|line| line.rejected.len()).sum::<usize>() + made.len();
    writeln!(
        out,
        "tasks {} of {candidates} candidates; {:.1} s of processor time to make one",
        made.len(),
        mean(&made)
    )
}

/// Each policy on tasks with an error and without one, and in the mean over tasks as they come.
fn policies(lines: &[Line], out: &mut dyn Write) -> io::Result<()> {
    let mut by_policy: BTreeMap<&str, [Vec<&Earned>; 2]> = BTreeMap::new();
    for line in lines {
        for (policy, earned) in &line.earned {
            by_policy.entry(policy).or_default()[usize::from(line.mechanism == "none")].push(earned);
        }
    }
    writeln!(
        out,
        "policy            episodes  passed  with an error  without one  as they come  s to grade  s to work"
    )?;
    for (policy, parts) in by_policy {
        let [wrong, none] =
            parts.each_ref().map(|part| mean(&part.iter().map(|one| one.points).collect::<Vec<_>>()));
        let all = parts.concat();
        let of = |figure: fn(&Earned) -> f64| mean(&all.iter().map(|one| figure(one)).collect::<Vec<_>>());
        let passed = all.iter().filter(|earned| earned.passed).count();
        writeln!(
            out,
            "{policy:18} {:7} {passed:7} {wrong:14.1} {none:12.1} {:13.1} {:11.2} {:10.2}",
            all.len(),
            (1.0 - NONE_SHARE) * wrong + NONE_SHARE * none,
            of(|one| one.graded),
            of(|one| one.worked)
        )?;
    }
    Ok(())
}
