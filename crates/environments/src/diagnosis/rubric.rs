//! The rubric: 90 points, of which 80 are mechanical. The 10 that need a judge are not offered without one, and the
//! criteria say so.

use std::collections::BTreeMap;

use envy_core::{Flag, Score};

use crate::rubric::{Findings, Rubric};

/// The criteria, as data.
const DOCUMENT: &str = include_str!("rubric.json");
/// A pass needs this share of what is offered.
const PASS_SHARE: f64 = 0.8;

/// The rubric of a task.
pub(super) fn rubric() -> Rubric {
    Rubric::read(DOCUMENT).expect("our rubric is sound: a test reads it")
}

/// The score of what was found. `conditions` beside the points are what a pass needs.
pub(super) fn score(findings: &Findings, conditions: bool, flags: Vec<Flag>) -> Score {
    let tally = rubric().tally(findings);
    let metrics = BTreeMap::from([
        ("points".to_owned(), tally.points),
        ("points_offered".to_owned(), tally.possible),
        ("identified".to_owned(), tally.held("error_type")),
        ("line_f1".to_owned(), tally.held("lines")),
        ("fixed".to_owned(), tally.held("hidden_tests")),
    ]);
    // What a judge gives can take a pass away, never make one.
    let mechanical = tally.without_judge();
    let passed = conditions && tally.share() >= PASS_SHARE && mechanical >= PASS_SHARE;
    Score { reward: tally.share(), passed, metrics, criteria: tally.criteria(), flags }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rubric::Kind;

    #[test]
    fn the_rubric_is_worth_90_points_of_which_a_judge_has_10() {
        let rubric = rubric();
        let judged = rubric.items().iter().filter(|item| item.kind == Kind::Judged);
        assert_eq!((rubric.total(), judged.map(|item| item.weight).sum::<f64>()), (90.0, 10.0));
        let mut judged = Findings::default();
        for item in rubric.items().iter().filter(|item| item.weight > 0.0) {
            judged.give_if(
                &item.name,
                !["mechanism", "lines", "effect_direction", "effect_size"].contains(&item.name.as_str()),
                "",
            );
        }
        let close = score(&judged, true, Vec::new());
        assert!(
            close.reward >= PASS_SHARE && !close.passed,
            "62 of 80, and 72 of 90 with all that a judge gives: {}",
            close.reward
        );
        let score = score(&Findings::default(), true, Vec::new());
        assert_eq!((score.reward, score.passed, score.metrics["points_offered"]), (0.0, false, 80.0));
    }
}
