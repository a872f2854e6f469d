//! What only a judge can decide of a diagnosis: whether the words say what happens, and whether the fix meets the cause.
//! Ten of the ninety points; the questions are closed, and the mechanical points stand without them.

use envy_core::{BoxFile, Exhibit, Question, Submission, judge::written};
use envy_pycode::mutators::{self, Mutator};

use super::hidden::{Truth, by_path};
use super::report::{REPORT, REVISED, Report};

/// The criterion of the explanation.
pub(super) const EXPLANATION: &str = "explanation";
/// The criterion of the proposed fix.
pub(super) const FIX: &str = "fix_proposal";

const EXPLAINS: &str = "Does the submitted explanation say by which mechanism the program goes wrong, in agreement with what is \
    known to be true? Naming a class of errors alone, naming several errors of which one may be it, or contradicting \
    itself is a no.";
const EXPLAINS_NONE: &str = "Does the submitted explanation say that the program is right, and claim no error? Leaving it open is a no.";
const MENDS: &str = "Does the submitted proposal, with the changed lines if there are any, say how the cause that is known to be true is \
    removed, rather than a symptom of it? A promise to mend it without saying how, or a change that leaves the cause, is a no.";
const MENDS_NONE: &str = "Does the submitted proposal leave what the program does as it is? Any change of what it computes is a no.";
const RIGHT: &str = "The program holds no error. What looks suspicious in it is right.";

/// What is true of an error, in words.
pub(super) fn known(mutator: &Mutator) -> String {
    format!("{} {} ({:?}, {})", mutator.doc, mutator.evidence, mutator.class, mutator.name)
}

/// The question about an explanation.
pub(super) fn explains(known: &str, is_none: bool, context: Vec<Exhibit>, explanation: &str) -> Question {
    Question {
        criterion: EXPLANATION.to_owned(),
        asks: if is_none { EXPLAINS_NONE } else { EXPLAINS }.to_owned(),
        known: known.to_owned(),
        context,
        evidence: vec![Exhibit::new("explanation", explanation)],
    }
}

/// The questions about a submission; none where there is no report to read.
pub(super) fn questions(truth: &Truth, buggy: &[BoxFile], submission: &Submission) -> Vec<Question> {
    let Ok(report) = Report::read(submission) else { return Vec::new() };
    let is_none = truth.errors.is_empty();
    let named = |name: &str| mutators::ALL.iter().find(|mutator| mutator.name == name);
    let told: Vec<String> = truth
        .errors
        .iter()
        .filter_map(|error| named(&error.mechanism))
        .map(|mutator| known(mutator))
        .collect();
    let known = if is_none { RIGHT.to_owned() } else { told.join("\n") };
    let files = by_path(buggy);
    let mut faulty: Vec<&str> = truth.places().map(|place| place.file.as_str()).collect();
    faulty.sort_unstable();
    faulty.dedup();
    let context: Vec<Exhibit> = faulty
        .iter()
        .filter_map(|path| Some(Exhibit::new(*path, String::from_utf8_lossy(files.get(path)?))))
        .collect();
    let mut proposal = vec![Exhibit::new("fix", &*report.fix)];
    proposal.extend(written(submission, |path, bytes| {
        let own = path.strip_prefix(REVISED);
        path == REPORT || own.is_none_or(|path| files.get(path) == Some(&bytes))
    }));
    vec![
        explains(&known, is_none, context.clone(), &report.explanation),
        Question {
            criterion: FIX.to_owned(),
            asks: if is_none { MENDS_NONE } else { MENDS }.to_owned(),
            known,
            context,
            evidence: proposal,
        },
    ]
}
