//! The examiner: asks a task's grader, which holds the hidden half, and lets go of it at once.

use std::sync::Arc;
use std::time::Duration;

use envy_core::{
    Fault, FaultKind, GradeInput, Grader, JobResult, Judge, ProbeInput, ProbeReply, Ruling, Score, Submission,
};
use tokio::time::Instant;

use crate::runner::Runner;

/// Opens a task's grader. Called for a check, a probe or the grade and dropped right after, so that the hidden half
/// is in memory only then; whoever makes it may share one grader among callers at the same time.
pub type OpenGrader = Arc<dyn Fn() -> Result<Arc<dyn Grader>, Fault> + Send + Sync>;

/// From the end of an agent's program on, a probe is answered after a whole number of these, mostly one: how long its
/// scoring takes depends on rows that are hidden, and an agent can read a clock.
pub(crate) const ANSWER_STEP: Duration = Duration::from_secs(1);

pub(crate) struct Examiner {
    open: OpenGrader,
    runner: Runner,
    judge: Option<Arc<dyn Judge>>,
}

impl Examiner {
    pub(crate) fn new(open: OpenGrader, runner: Runner, judge: Option<Arc<dyn Judge>>) -> Self {
        Self { open, runner, judge }
    }

    /// The submission back, and whether it is worth ending the episode for.
    pub(crate) async fn check(
        &self,
        submission: Submission,
    ) -> Result<(Submission, Result<(), String>), Fault> {
        self.ask(move |grader| {
            let checked = grader.check(&submission);
            (submission, checked)
        })
        .await
    }

    /// A coarse score of the visible draw, at a time that does not depend on it.
    pub(crate) async fn probe(&self, input: ProbeInput) -> Result<ProbeReply, Fault> {
        let (work, _grader) = self.ask(move |grader| (grader.probe(input), Arc::clone(grader))).await?;
        // What is answered before any program has run depends on nothing hidden.
        let mut ran = None;
        let reply = self.runner.drive_with(FaultKind::Grader, work, |_| ran = Some(Instant::now())).await?;
        if let Some(ran) = ran {
            tokio::time::sleep_until(ran + whole_steps(ran.elapsed())).await;
        }
        Ok(reply)
    }

    /// What the judge rules on a submission; nothing without a judge, or where nobody asks one.
    pub(crate) async fn rulings(&self, submission: &Submission) -> Result<Vec<Ruling>, Fault> {
        let Some(judge) = &self.judge else { return Ok(Vec::new()) };
        let submission = submission.clone();
        let questions = self.ask(move |grader| grader.questions(&submission)).await?;
        Ok(if questions.is_empty() { Vec::new() } else { judge.rule(&questions).await })
    }

    /// The score; every batch of job results goes to `batches`, also of a grade that breaks off.
    pub(crate) async fn grade(
        &self,
        input: GradeInput,
        batches: &mut Vec<Vec<JobResult>>,
    ) -> Result<Score, Fault> {
        let (work, _grader) = self.ask(move |grader| (grader.grade(input), Arc::clone(grader))).await?;
        let seen = |results: &[JobResult]| batches.push(results.to_vec());
        let score = self.runner.drive_with(FaultKind::Grader, work, seen).await?;
        match unsound(&score) {
            Some(detail) => Err(Fault::new(FaultKind::Grader, detail)),
            None => Ok(score),
        }
    }

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Arc<dyn Grader>) -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let open = Arc::clone(&self.open);
        self.runner.compute(FaultKind::Grader, move || Ok(question(&open()?))).await?
    }
}

/// The least whole number of steps that is more than `elapsed`.
fn whole_steps(elapsed: Duration) -> Duration {
    let steps = elapsed.as_nanos() / ANSWER_STEP.as_nanos() + 1;
    ANSWER_STEP * u32::try_from(steps).unwrap_or(u32::MAX)
}

/// What is impossible about a score: such a number is our bug, never a result.
fn unsound(score: &Score) -> Option<String> {
    if !(0.0..=1.0).contains(&score.reward) {
        return Some(format!("the grader gave a reward of {}", score.reward));
    }
    let odd = score.metrics.iter().find(|(_, value)| !value.is_finite());
    odd.map(|(name, value)| format!("the grader gave a {name} of {value}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_waits_for_the_next_whole_step() {
        let ms = Duration::from_millis;
        for (elapsed, answered) in [(0, 1_000), (999, 1_000), (1_000, 2_000), (2_500, 3_000)] {
            assert_eq!(whole_steps(ms(elapsed)), ms(answered), "{elapsed}");
        }
    }

    #[test]
    fn impossible_numbers_are_found() {
        assert_eq!(unsound(&Score::zero("nothing")), None);
        for reward in [-0.1, 1.1, f64::NAN] {
            assert!(unsound(&Score { reward, ..Score::zero("x") }).is_some(), "{reward}");
        }
        let mut score = Score::zero("x");
        score.metrics.insert("recovery".to_owned(), f64::INFINITY);
        assert_eq!(unsound(&score).as_deref(), Some("the grader gave a recovery of inf"));
    }
}
