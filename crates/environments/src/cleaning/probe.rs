//! Probes: `eval_model` tells a coarse accuracy (of numbers R2) on the oracle set, guarded by the parameter-free Ladder.
//!
//! The Ladder (Blum and Hardt, 2015) publishes a score only if it beats the best one so far by more than the standard
//! error of their difference; otherwise the best one stands. Climbing on noise so earns next to nothing.

use std::sync::Arc;

use envy_core::{JobResult, Next, ProbeInput, ProbeReply, Work};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::bench::Learner;
use super::exam::Goal;
use super::files::CLEANED;
use super::grade::{Shared, why_nothing};
use super::tally::{MODEL_SEEDS, Tally};
use super::track::Track;

/// Published accuracies are rounded to this...
const STEP: f64 = 0.005;
/// ...and R2 to this.
const STEP_OF_NUMBERS: f64 = 0.01;

/// The best probe so far.
#[derive(Serialize, Deserialize)]
struct Ladder {
    /// The published accuracy or R2.
    best: f64,
    /// By row of the oracle set, the points of the model's seeds.
    right: String,
}

/// The work of one probe: one run on the given draw, and on the track `free` one of the agent's model.
pub(super) fn work(shared: Arc<Shared>, input: ProbeInput) -> Box<dyn Work<ProbeReply>> {
    let mut cleaned: Option<JobResult> = None;
    Box::new(move |mut results: Vec<JobResult>| {
        let (track, goal) = (Track::of(&input.episode), shared.bench.encoder.goal());
        let probed = match (results.pop(), &cleaned) {
            (None, _) => match ready(&input, track, goal) {
                Ok(()) => return Next::Run(vec![shared.job(0, &input.submission)]),
                Err(why) => Err(why),
            },
            (Some(result), None) if result.bytes(CLEANED).is_none() => {
                Err(format!("{}; python run_clean.py shows why", why_nothing(&result, CLEANED)))
            }
            (Some(result), None) if track == Track::Free => {
                let features = shared.bench.oracle.without_labels();
                let job = shared.model_job(0, "probe", &result, &features, &input.submission, &input.episode);
                cleaned = Some(result);
                return Next::Run(vec![job]);
            }
            (Some(result), None) => track.choice(&input.submission, goal).and_then(|choice| {
                probed(&shared, &result, &choice.as_ref().map_or(Learner::Fixed, Learner::Chosen))
            }),
            (Some(modelled), Some(cleaned)) => probed(&shared, cleaned, &Learner::Own(&modelled)),
        };
        Next::Done(match probed {
            Ok(tally) => climb(&tally, &input.ladder, goal),
            Err(text) => ProbeReply { text, is_error: true, ladder: input.ladder.clone() },
        })
    })
}

/// Whether there is something to evaluate.
fn ready(input: &ProbeInput, track: Track, goal: Goal) -> Result<(), String> {
    match track.missing(&input.submission) {
        Some(name) => Err(format!("there is no {name} to evaluate")),
        None => track.choice(&input.submission, goal).map(drop),
    }
}

/// The tally of what a run left behind.
fn probed(shared: &Shared, cleaned: &JobResult, learner: &Learner<'_>) -> Result<Tally, String> {
    let bytes = cleaned.bytes(CLEANED).unwrap_or_default();
    shared.bench.probe(bytes, learner).map_err(|error| format!("what came back cannot be scored: {error}"))
}

/// The reply to a probe with this tally, after those that `ladder` remembers.
fn climb(tally: &Tally, ladder: &Value, goal: Goal) -> ProbeReply {
    let best = serde_json::from_value::<Ladder>(ladder.clone()).ok();
    let known = best.as_ref().and_then(|best| Tally::decode(&best.right, MODEL_SEEDS, goal));
    let gains = match &known {
        Some(known) if known.rows() == tally.rows() => {
            tally.mean() - known.mean() > tally.difference_error(known)
        }
        _ => true,
    };
    match best {
        Some(best) if !gains => ProbeReply {
            text: format!("not clearly better than your best so far, {}", shown(best.best, goal)),
            is_error: false,
            ladder: ladder.clone(),
        },
        _ => {
            let step = if goal == Goal::Number { STEP_OF_NUMBERS } else { STEP };
            let published = (tally.mean() / step).round() * step;
            let state = Ladder { best: published, right: tally.encode() };
            ProbeReply {
                text: format!(
                    "{} of the model on clean rows: {}",
                    goal.measure_in_words(),
                    shown(published, goal)
                ),
                is_error: false,
                ladder: serde_json::to_value(state).expect("a ladder is plain data"),
            }
        }
    }
}

fn shown(published: f64, goal: Goal) -> String {
    match goal {
        Goal::Classes(_) => format!("{:.1} %", 100.0 * published),
        Goal::Number => format!("{published:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: Goal = Goal::Classes(4);

    fn climb(tally: &Tally, ladder: &Value) -> ProbeReply {
        super::climb(tally, ladder, CLASSES)
    }

    fn tally(right: usize, rows: usize) -> Tally {
        let text: String = (0..rows).map(|row| if row < right { '5' } else { '0' }).collect();
        Tally::decode(&text, MODEL_SEEDS, CLASSES).unwrap()
    }

    #[test]
    fn only_a_clear_gain_is_published_and_a_loss_is_silent() {
        let first = climb(&tally(2_811, 4_000), &Value::Null);
        assert_eq!(first.text, "accuracy of the model on clean rows: 70.5 %");
        let same = climb(&tally(2_811, 4_000), &first.ladder);
        let loss = climb(&tally(1_000, 4_000), &same.ladder);
        for reply in [&same, &loss] {
            assert_eq!(reply.text, "not clearly better than your best so far, 70.5 %");
        }
        let gain = climb(&tally(3_000, 4_000), &loss.ladder);
        assert_eq!(gain.text, "accuracy of the model on clean rows: 75.0 %");
    }

    #[test]
    fn of_numbers_r2_is_told_to_a_hundredth() {
        let tally = |points: i32| {
            let text = vec![points.to_string(); 50].join(" ");
            Tally::decode(&text, MODEL_SEEDS, Goal::Number).unwrap()
        };
        let first = super::climb(&tally(35_780), &Value::Null, Goal::Number);
        assert_eq!(first.text, "R2 of the model on clean rows: 0.72");
        let loss = super::climb(&tally(35_000), &first.ladder, Goal::Number);
        assert_eq!(loss.text, "not clearly better than your best so far, 0.72");
    }

    #[test]
    fn a_handful_of_lucky_rows_is_no_gain() {
        let text = |gained: usize, lost: usize| -> String {
            let digit = |row: usize| match row {
                row if row < 1_000 => row < 1_000 - lost,
                row => row < 1_000 + gained,
            };
            (0..4_000).map(|row| if digit(row) { '5' } else { '0' }).collect()
        };
        let tally = |gained, lost| Tally::decode(&text(gained, lost), MODEL_SEEDS, CLASSES).unwrap();
        let first = climb(&tally(0, 0), &Value::Null);
        assert!(climb(&tally(20, 16), &first.ladder).text.starts_with("not clearly"));
        assert!(climb(&tally(60, 16), &first.ladder).text.starts_with("accuracy"));
    }
}
