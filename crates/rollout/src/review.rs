//! Review: what a reviewer says before an evaluation is kept, and may stop it. It never reaches the score.

use std::sync::Arc;

use envy_core::{Opinion, Review, Reviewer, Submission, Usage};

use crate::guard::guarded;

/// The reviewer of an episode, if it has one, and what it said.
pub(crate) struct Reviewing {
    reviewer: Option<Arc<dyn Reviewer>>,
    said: Vec<Review>,
}

impl Reviewing {
    pub(crate) fn new(reviewer: Option<Arc<dyn Reviewer>>) -> Self {
        Self { reviewer, said: Vec::new() }
    }

    /// Has what is about to be evaluated read; why it is not evaluated, if it is not. Nothing handed in is not read.
    pub(crate) async fn before(&mut self, evaluation: &str, submission: &Submission) -> Option<String> {
        let reviewer = Arc::clone(self.reviewer.as_ref()?);
        if submission.files.is_empty() && submission.answer.is_null() {
            return None;
        }
        let review = guarded(reviewer.review(submission)).await.unwrap_or_else(|panic| Review {
            before: String::new(),
            opinion: Opinion::Missing(format!("the reviewer panicked: {panic}")),
            usage: Usage::default(),
        });
        let refusal = review.objection().filter(|_| reviewer.blocks());
        let refusal = refusal.map(|reason| format!("not evaluated: the review objects: {reason}"));
        self.said.push(Review { before: evaluation.to_owned(), ..review });
        refusal
    }

    /// Everything that was said, in order.
    pub(crate) fn into_said(self) -> Vec<Review> {
        self.said
    }
}
