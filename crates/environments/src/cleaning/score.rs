//! Score: from what was measured on each draw to a reward and a pass.

use std::collections::BTreeMap;

use envy_core::{Criterion, Flag, Score};

use super::cells::CellScore;
use super::tally::Recovery;

/// The most damage that a pass allows: the share of right cells that were made wrong.
pub(super) const DAMAGE_MAX: f64 = 0.02;

/// How far the lower bound of the recovery may lie under the pass threshold.
pub(super) const BOUND_SLACK: f64 = 0.1;

/// What each use of `eval_model` costs.
pub(super) const PROBE_COST: f64 = 0.01;

const RECOVERY_WEIGHT: f64 = 0.6;
const REPAIR_WEIGHT: f64 = 0.3;
const CARE_WEIGHT: f64 = 0.1;

/// Harm counts too, down to here: a repair that costs accuracy is not paid in full.
const HARM_MAX: f64 = -0.5;

/// How the two draws are called in metrics and criteria: the agent's own, and the one that it never saw.
pub(super) const DRAW_NAMES: [&str; 2] = ["given", "fresh"];

/// What the metrics say. Those of one draw end in `_given` or `_fresh`; without an end the worse draw counts.
pub(super) const EXPLAINED: &[(&str, &str)] = &[
    ("recovery", "share of the accuracy (of numbers R2) lost to the corruption that is won back"),
    ("recovery_low", "its lower bound, 95 %, over the draw of the clean rows"),
    ("repair_f1", "wrong cells and surplus rows against those that were made right"),
    ("damage", "share of right cells that were made wrong"),
    ("detect_precision", "of the cells and rows that were touched, the share that was wrong"),
    ("detect_recall", "of the wrong cells and rows, the share that was touched"),
    ("detect_f1", "both together"),
    ("repair_precision", "of the cells and rows that were touched, the share that is now right"),
    ("repair_recall", "of the wrong cells and rows, the share that is now right"),
    ("row_f1", "surplus rows alone, against those that were left out"),
    ("label_f1", "wrong labels alone, against those that were made right"),
    ("rows_dropped", "share of the true rows that were left out"),
    ("serve_lost", "share of the served records that did not come back and so are answered wrongly"),
    ("OPERATOR/detect_recall", "of what this operator made wrong, the share that was touched"),
    ("OPERATOR/repair_precision", "of what was touched of that, the share that is now right"),
    ("OPERATOR/repair_recall", "of what it made wrong, the share that is now right"),
    ("OPERATOR/repair_f1", "both together"),
    (
        "COLUMN/error",
        "root mean square distance from the true numbers, in interquartile ranges of the column",
    ),
    ("probes", "uses of eval_model"),
    ("reward", "what this draw alone would have earned"),
];

/// What was measured on one draw.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum DrawMeasure {
    /// No table came back, or none that can be read; why.
    Nothing(String),
    /// The table came back exactly as it was.
    Unchanged,
    /// A table came back.
    Measured {
        /// The share of the lost accuracy won back; `None` where accuracy is not part of the score.
        recovery: Option<Recovery>,
        /// The cells.
        cells: CellScore,
        /// The share of the served records that did not come back, if any are served.
        lost: Option<f64>,
    },
}

impl DrawMeasure {
    /// What the reward and the pass rule read: recovery (repair F1 where there is none), its bound, F1, damage.
    pub(super) fn figures(&self) -> (f64, f64, f64, f64) {
        match self {
            Self::Nothing(_) | Self::Unchanged => (0.0, 0.0, 0.0, 0.0),
            Self::Measured { recovery: Some(recovery), cells, .. } => {
                (recovery.value, recovery.low, cells.repair.f1(), cells.damage())
            }
            Self::Measured { recovery: None, cells, .. } => {
                let f1 = cells.repair.f1();
                (f1, f1, f1, cells.damage())
            }
        }
    }

    /// The recovery (repair F1 where accuracy is not scored), 0 if nothing came back changed.
    pub(super) fn recovery(&self) -> f64 {
        self.figures().0
    }

    /// The reward of this draw alone, before probes are paid for.
    pub(super) fn reward(&self) -> f64 {
        let (recovery, low, repair, damage) = self.figures();
        // A gain that may be chance is none; harm counts as it was measured.
        let recovery = if low > 0.0 { recovery } else { recovery.min(0.0) };
        let care = (1.0 - damage) * recovery.clamp(0.0, 1.0);
        let sum =
            RECOVERY_WEIGHT * recovery.clamp(HARM_MAX, 1.0) + REPAIR_WEIGHT * repair + CARE_WEIGHT * care;
        sum.clamp(0.0, 1.0)
    }

    /// Whether this draw alone passes.
    pub(super) fn passes(&self, tau: f64) -> bool {
        let (recovery, low, _, damage) = self.figures();
        recovery >= tau && low > tau - BOUND_SLACK && damage <= DAMAGE_MAX
    }
}

/// The score of both draws: the worse one counts, so that repairs tied to one export's rows earn nothing. Where a task
/// is not `certified`, repair F1 stands in the place of recovery, and the criteria say so.
pub(super) fn score(
    draws: &[DrawMeasure; 2],
    tau: f64,
    probes: u32,
    flags: Vec<Flag>,
    certified: bool,
) -> Score {
    let worst = draws[0].reward().min(draws[1].reward());
    let reward = (worst - PROBE_COST * f64::from(probes)).max(0.0);
    let mut criteria = Vec::new();
    if !certified {
        let detail = "too little headroom to measure accuracy: graded on repair F1 and damage".to_owned();
        criteria.push(Criterion { name: "certified".to_owned(), met: false, detail });
    }
    for (draw, name) in draws.iter().zip(DRAW_NAMES) {
        criteria.extend(criteria_of(draw, name, tau, certified));
    }
    let passed = draws.iter().all(|draw| draw.passes(tau));
    Score { reward, passed, metrics: metrics_of(draws, probes, certified), criteria, flags }
}

fn criteria_of(draw: &DrawMeasure, name: &str, tau: f64, certified: bool) -> Vec<Criterion> {
    let criterion = |what: &str, met, detail| Criterion { name: format!("{what} ({name})"), met, detail };
    let (recovery, low, repair, damage) = draw.figures();
    let state = match draw {
        DrawMeasure::Nothing(why) => Err(why.clone()),
        DrawMeasure::Unchanged => Err("the table came back as it was".to_owned()),
        DrawMeasure::Measured { .. } => Ok(()),
    };
    let mut criteria = vec![criterion(
        "table",
        state.is_ok(),
        state.err().unwrap_or_else(|| "came back changed".to_owned()),
    )];
    if certified {
        criteria.push(criterion("recovery", recovery >= tau, format!("{recovery:.3}, at least {tau}")));
        let bound = tau - BOUND_SLACK;
        criteria.push(criterion("recovery bound", low > bound, format!("{low:.3}, more than {bound:.3}")));
        criteria.push(criterion("repair", repair > 0.0, format!("F1 {repair:.3}")));
    } else {
        criteria.push(criterion("repair", repair >= tau, format!("F1 {repair:.3}, at least {tau}")));
    }
    criteria.push(criterion("damage", damage <= DAMAGE_MAX, format!("{damage:.4}, at most {DAMAGE_MAX}")));
    criteria
}

fn metrics_of(draws: &[DrawMeasure; 2], probes: u32, certified: bool) -> BTreeMap<String, f64> {
    let mut metrics = BTreeMap::from([("probes".to_owned(), f64::from(probes))]);
    let figures = draws.each_ref().map(DrawMeasure::figures);
    // Of two draws the worse figure stands without a suffix: the least recovery and repair, the greatest damage.
    if certified {
        metrics.insert("recovery".to_owned(), figures[0].0.min(figures[1].0));
        metrics.insert("recovery_low".to_owned(), figures[0].1.min(figures[1].1));
    }
    let worse = [("repair_f1", figures[0].2.min(figures[1].2)), ("damage", figures[0].3.max(figures[1].3))];
    for (name, value) in worse {
        metrics.insert(name.to_owned(), value);
    }
    for ((draw, figures), name) in draws.iter().zip(figures).zip(DRAW_NAMES) {
        let mut put = |what: &str, value: f64| metrics.insert(format!("{what}_{name}"), value);
        put("reward", draw.reward());
        if certified {
            put("recovery", figures.0);
        }
        put("damage", figures.3);
        if let DrawMeasure::Measured { cells, lost, .. } = draw {
            if let Some(lost) = lost {
                put("serve_lost", *lost);
            }
            for (what, value) in cells.figures() {
                put(&what, value);
            }
        }
    }
    metrics
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gain_that_may_be_chance_is_not_paid_and_harm_is_counted() {
        let reward = |value, low| {
            let recovery = Some(Recovery { value, low });
            DrawMeasure::Measured { recovery, cells: CellScore::default(), lost: None }.reward()
        };
        assert_eq!(reward(0.02, -0.01), 0.0);
        assert_eq!(reward(0.02, 0.0), 0.0);
        assert!((reward(0.02, 0.01) - 0.014).abs() < 1e-12);
        assert_eq!(reward(-0.3, -0.4), 0.0);
    }
}
