//! Outcome: what an episode hands over when it is finished.

use std::sync::Arc;

use envy_core::{
    End, EpisodeSpec, Fault, GradeInput, JobResult, Review, Ruling, Submission, Trajectory, Verdict,
};

use crate::clock::Clock;
use crate::conversation::Conversation;
use crate::grading::Examiner;

/// Everything that came of one episode; a record is made of it.
#[derive(Debug)]
pub struct Outcome {
    /// Why it ended; [`End::Fault`] if a fault broke it off before its end.
    pub end: End,
    /// The conversation.
    pub trajectory: Trajectory,
    /// What was graded.
    pub submission: Submission,
    /// Files that a pattern named and a cap left out at a limit, a line each.
    pub left_out: Vec<String>,
    /// What a reviewer said before evaluations.
    pub reviews: Vec<Review>,
    /// The results of the grading jobs.
    pub job_results: Vec<Vec<JobResult>>,
    /// What a judge ruled.
    pub rulings: Vec<Ruling>,
    /// Uses of `eval_model`.
    pub probes: u32,
    /// The score, or whose fault it is that there is none.
    pub verdict: Verdict,
    /// Another try may mend a void.
    pub retry: bool,
    /// Wall clock with the grading, milliseconds.
    pub wall_ms: u64,
}

impl Outcome {
    /// The outcome of an episode that could not even start.
    pub fn never_started(fault: Fault) -> Self {
        Self {
            end: End::Fault,
            trajectory: Trajectory::default(),
            submission: Submission::default(),
            left_out: Vec::new(),
            reviews: Vec::new(),
            job_results: Vec::new(),
            rulings: Vec::new(),
            probes: 0,
            verdict: Verdict::Void(fault),
            retry: true,
            wall_ms: 0,
        }
    }
}

/// What is left of an episode once its box is closed.
pub(crate) struct Unfinished {
    pub(crate) conversation: Conversation,
    pub(crate) clock: Arc<Clock>,
    pub(crate) spec: EpisodeSpec,
    pub(crate) probes: u32,
}

impl Unfinished {
    pub(crate) async fn grade(
        self,
        examiner: &Examiner,
        end: End,
        submission: Submission,
        left_out: Vec<String>,
    ) -> Outcome {
        let rulings = match examiner.rulings(&submission).await {
            Ok(rulings) => rulings,
            Err(fault) => {
                return Outcome { end, submission, left_out, ..self.outcome(Verdict::Void(fault), true) };
            }
        };
        let input = GradeInput {
            submission: submission.clone(),
            episode: self.spec.clone(),
            probes: self.probes,
            rulings: rulings.clone(),
        };
        let mut job_results = Vec::new();
        let verdict = match examiner.grade(input, &mut job_results).await {
            Ok(score) => Verdict::Graded(score),
            Err(fault) => Verdict::Void(fault),
        };
        Outcome { end, submission, left_out, job_results, rulings, ..self.outcome(verdict, true) }
    }

    pub(crate) fn void(self, fault: Fault, retry: bool) -> Outcome {
        self.outcome(Verdict::Void(fault), retry)
    }

    fn outcome(self, verdict: Verdict, retry: bool) -> Outcome {
        Outcome {
            end: End::Fault,
            trajectory: self.conversation.into_trajectory(),
            submission: Submission::default(),
            left_out: Vec::new(),
            reviews: Vec::new(),
            job_results: Vec::new(),
            rulings: Vec::new(),
            probes: self.probes,
            verdict,
            retry,
            wall_ms: self.clock.elapsed_ms(),
        }
    }
}
