//! Judge: closed questions about a submission, and what was ruled on them.
//!
//! A grader asks; a judge, which is a language model or nobody, rules before the grade; the grade takes the rulings as
//! data, so that it can be computed again. A judge that fails rules nothing: it gives neither zero nor full.

use serde::{Deserialize, Serialize};

use crate::BoxFuture;
use crate::record::Submission;

/// A text with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exhibit {
    /// Such as a path.
    pub name: String,
    /// The text, whole: a judge cuts and cleans what it shows.
    pub text: String,
}

impl Exhibit {
    /// A text with a name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// A question whose answer is yes or no. It is for a judge alone: it may hold what is hidden from the agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The criterion that the answer decides.
    pub criterion: String,
    /// What is asked.
    pub asks: String,
    /// What is known to be true.
    pub known: String,
    /// The task's own files, for reading.
    pub context: Vec<Exhibit>,
    /// What the agent wrote. A yes needs a verbatim quote of it.
    pub evidence: Vec<Exhibit>,
}

/// What came of one question.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// The criterion.
    pub criterion: String,
    /// Who ruled, as `provider/name`.
    pub judge: String,
    /// Votes for yes, each with a quote that stands in what the agent wrote.
    pub yes: u32,
    /// Votes for no.
    pub no: u32,
    /// Votes that were none: prose, a quote that stands nowhere, a service that failed.
    pub failed: u32,
    /// The quote of the first yes.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub quote: String,
    /// Why the last vote failed that did.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub failure: String,
}

impl Ruling {
    /// Yes or no by the most votes; nothing if as many or more failed, or if it is a tie.
    pub fn answer(&self) -> Option<bool> {
        let most = self.yes.max(self.no);
        (self.yes != self.no && most > self.failed).then_some(self.yes > self.no)
    }

    /// What to say of it.
    pub fn reason(&self) -> String {
        let votes = format!("{}: {} yes, {} no, {} failed", self.judge, self.yes, self.no, self.failed);
        match self.answer() {
            Some(true) => format!("{votes}; \"{}\"", self.quote),
            Some(false) => votes,
            None if self.failure.is_empty() => format!("{votes}: no ruling"),
            None => format!("{votes}: no ruling ({})", self.failure),
        }
    }
}

/// Who rules on questions.
pub trait Judge: Send + Sync {
    /// `provider/name`, as on the command line.
    fn name(&self) -> &str;

    /// A ruling for each question, in their order. It never fails: a judge that does rules nothing.
    fn rule<'a>(&'a self, questions: &'a [Question]) -> BoxFuture<'a, Vec<Ruling>>;
}

/// The files of a submission that can be read as text and are not among `known` ones, as exhibits.
pub fn written(submission: &Submission, is_known: impl Fn(&str, &[u8]) -> bool) -> Vec<Exhibit> {
    let files = submission.files.iter().filter(|file| !is_known(&file.path, &file.bytes));
    files
        .filter_map(|file| Some(Exhibit::new(file.path.clone(), std::str::from_utf8(&file.bytes).ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ruling_needs_more_votes_than_failed() {
        let ruling = |yes, no, failed| Ruling { yes, no, failed, ..Ruling::default() };
        assert_eq!(ruling(2, 1, 0).answer(), Some(true));
        assert_eq!(ruling(0, 2, 1).answer(), Some(false));
        for (yes, no, failed) in [(0, 0, 3), (1, 1, 1), (1, 0, 2), (1, 0, 1), (0, 0, 0)] {
            assert_eq!(ruling(yes, no, failed).answer(), None, "{yes} {no} {failed}");
            assert!(ruling(yes, no, failed).reason().contains("no ruling"));
        }
    }
}
