//! Generation: candidates are drawn, run and judged until one is admitted.

use envy_core::{
    BoxFile, Brief, Certificate, GenerateError, GenerateInput, Generated, Hidden, JobResult, Next, Rejection,
    Task, TaskId, Work,
};

use super::admit::{Admitted, admit};
use super::candidate::Candidate;
use super::knobs::Settings;
use super::{VERSION, brief, jobs};

/// Candidates that are drawn before generation gives up.
const CANDIDATES_MAX: usize = 30;

/// One generation under way.
pub(super) struct Generation {
    input: GenerateInput,
    number: usize,
    rejections: Vec<Rejection>,
    /// The candidate whose runs are under way.
    candidate: Option<Box<Candidate>>,
}

impl Generation {
    /// A generation that has not begun.
    pub(super) fn new(input: GenerateInput) -> Self {
        Self { input, number: 0, rejections: Vec::new(), candidate: None }
    }

    /// The next candidate that can be drawn at all.
    fn next_candidate(&mut self) -> Next<Result<Generated, GenerateError>> {
        let settings = Settings::new(&self.input.spec.knobs);
        while self.number < CANDIDATES_MAX {
            let seed = self.input.spec.root(&self.input.salt).derive(&format!("candidate/{}", self.number));
            self.number += 1;
            match Candidate::draw(&seed, &settings) {
                Ok(candidate) => {
                    let jobs = candidate.jobs();
                    self.candidate = Some(Box::new(candidate));
                    return Next::Run(jobs);
                }
                Err(detail) => self.rejections.push(Rejection { condition: "fits".to_owned(), detail }),
            }
        }
        Next::Done(Err(GenerateError::Exhausted { rejections: std::mem::take(&mut self.rejections) }))
    }

    fn emit(&mut self, candidate: &Candidate, admitted: Admitted) -> Generated {
        let spec = &self.input.spec;
        let mut hidden = Hidden::new(&spec.root(&self.input.salt));
        admitted.secret.write(&mut hidden);
        Generated {
            task: Task {
                id: TaskId::of(spec, VERSION, &self.input.salt),
                spec: spec.clone(),
                generator: VERSION.to_owned(),
                brief: visible(candidate, admitted.log),
                hidden,
                certificate: Certificate { certified: true, note: String::new(), figures: admitted.figures },
            },
            rejections: std::mem::take(&mut self.rejections),
            notes: vec![candidate.note()],
        }
    }
}

impl Work<Result<Generated, GenerateError>> for Generation {
    fn advance(&mut self, results: Vec<JobResult>) -> Next<Result<Generated, GenerateError>> {
        if let Some(candidate) = self.candidate.take() {
            match admit(&candidate, &results) {
                Ok(admitted) => return Next::Done(Ok(self.emit(&candidate, admitted))),
                Err(rejection) => self.rejections.push(rejection),
            }
        }
        self.next_candidate()
    }
}

/// The visible half.
pub(super) fn visible(candidate: &Candidate, log: Vec<u8>) -> Brief {
    let mut files = jobs::files(&candidate.buggy.project);
    files.extend([
        BoxFile::new(jobs::CONFIG, candidate.config.clone()),
        BoxFile::new("data/train.csv", candidate.given.train.write()),
        BoxFile::new("data/holdout.csv", candidate.given.holdout.write()),
        BoxFile::new(jobs::LOG, log),
        BoxFile::new(jobs::DRIVER, jobs::DRIVER_SOURCE),
        BoxFile::new("README.md", brief::readme(candidate.domain, candidate.skeleton.form)),
    ]);
    Brief {
        environment: "diagnosis".to_owned(),
        title: candidate.domain.title.to_owned(),
        files,
        collect: vec!["response/**".to_owned()],
        facts: std::collections::BTreeMap::new(),
    }
}
