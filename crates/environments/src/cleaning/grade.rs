//! Grading: fresh boxes run the agent's code on both draws; what they leave behind is measured here.

use std::sync::Arc;

use envy_core::{
    BoxFile, Brief, EpisodeSpec, Exposure, Flag, GradeInput, Grader, Hidden, Job, JobEnd, JobLimits,
    JobResult, Next, Output, ProbeInput, ProbeReply, Score, Submission, Wanted, Work,
};

use super::bench::{Bench, Learner};
use super::files::{CLEAN, CLEANED, DRIVER, FRESH, FRESH_UNITS, SCHEMA, TRAIN, entry};
use super::menu::Choice;
use super::score::{self, DRAW_NAMES, DrawMeasure};
use super::serving::{FRESH_SERVE, SERVE};
use super::shapes::{self, SHAPE, UNITS_CLEAN, UNITS_SCHEMA};
use super::track::Track;
use super::{own_model, probe};

/// Seconds that one run of the agent's code may take.
pub(super) const CLEAN_SECONDS: u64 = 60;

/// The most bytes of the returned table.
const CLEANED_BYTES_MAX: u64 = 64 << 20;

/// A recovery on the fresh draw below this share of the given one's is a sign of hard-coding.
const FRESH_SHARE_MIN: f64 = 0.7;

/// The driver, compiled in: what lies in a task's folder or in the submission is never run in its place.
pub(super) const DRIVER_SOURCE: &str = include_str!("run_clean.py");

/// Grades one cleaning task.
pub(super) struct CleaningGrader {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) bench: Bench,
    /// The brief's files, the export left out.
    files: Vec<BoxFile>,
    /// The exports of both draws.
    exports: [Vec<u8>; 2],
    /// The batches that are served after them, if any are.
    batches: Option<[Vec<u8>; 2]>,
    /// Where labels belong to units: those of both draws.
    units: Option<[BoxFile; 2]>,
    /// The program that runs the agent's code.
    driver: &'static str,
}

impl CleaningGrader {
    /// Reads the task.
    ///
    /// # Errors
    /// A file is missing, damaged or does not fit the others.
    pub(super) fn new(brief: &Brief, hidden: &Hidden) -> Result<Self, String> {
        let given = brief.file(TRAIN).ok_or("the brief has no train.csv")?.to_vec();
        let bench = Bench::new(brief, hidden)?;
        let batches = if bench.meta.serve {
            let given = brief.file(SERVE).ok_or("the brief has no serve.csv")?.to_vec();
            Some([given, entry(hidden, FRESH_SERVE[0])?.to_vec()])
        } else {
            None
        };
        let (mut driver, mut units) = (DRIVER_SOURCE, None);
        if let Some(folded) = &bench.meta.folded {
            let name = folded.folding.units_name();
            let given = brief.file(name).unwrap_or_default();
            let both = [given, entry(hidden, FRESH_UNITS)?];
            (driver, units) = (shapes::DRIVER_SOURCE, Some(both.map(|bytes| BoxFile::new(name, bytes))));
        }
        let own = [TRAIN, DRIVER, units.as_ref().map_or("", |[given, _]| given.path.as_str())];
        let files = brief.files.iter().filter(|file| !own.contains(&file.path.as_str())).cloned().collect();
        let exports = [given, entry(hidden, FRESH[0])?.to_vec()];
        let shared = Shared { bench, files, exports, batches, units, driver };
        Ok(Self { shared: Arc::new(shared) })
    }
}

impl Grader for CleaningGrader {
    fn check(&self, submission: &Submission) -> Result<(), String> {
        Choice::read(submission, self.shared.bench.encoder.goal())?;
        match submission.file(CLEAN) {
            None => Err(format!("there is no {CLEAN} in the work directory; write it first")),
            Some(bytes) if !bytes.windows(10).any(|window| window == b"clean_data") => {
                Err(format!("{CLEAN} defines no clean_data(tables)"))
            }
            Some(_) => Ok(()),
        }
    }

    fn probe(&self, input: ProbeInput) -> Box<dyn Work<ProbeReply>> {
        probe::work(Arc::clone(&self.shared), input)
    }

    fn grade(&self, input: GradeInput) -> Box<dyn Work<Score>> {
        Box::new(Grading { shared: Arc::clone(&self.shared), input, cleaned: None })
    }
}

/// A grading under way: the agent's cleaning on both draws, then on the track `free` its model on what came back.
struct Grading {
    shared: Arc<Shared>,
    input: GradeInput,
    cleaned: Option<Cleaned>,
}

/// What the agent's cleaning left behind of both draws, and of their batches if there are any.
struct Cleaned {
    draws: [JobResult; 2],
    batches: Option<[JobResult; 2]>,
}

impl Cleaned {
    /// The results of the cleaning jobs; nothing if there are none.
    fn of(results: Vec<JobResult>) -> Option<Self> {
        let mut results = results.into_iter();
        let mut two = || Some([results.next()?, results.next()?]);
        let draws = two()?;
        Some(Self { draws, batches: two() })
    }

    /// What came back of a draw's batch.
    fn batch(&self, draw: usize) -> Option<&JobResult> {
        self.batches.as_ref().map(|batches| &batches[draw])
    }
}

impl Work<Score> for Grading {
    fn advance(&mut self, results: Vec<JobResult>) -> Next<Score> {
        let submission = &self.input.submission;
        let track = Track::of(&self.input.episode);
        if let Some(name) = track.missing(submission) {
            return Next::Done(Score::zero(format!("there is no {name}")));
        }
        let choice = match track.choice(submission, self.shared.bench.encoder.goal()) {
            Ok(choice) => choice,
            Err(why) => return Next::Done(Score::zero(why)),
        };
        let Some(cleaned) = self.cleaned.take() else {
            let Some(cleaned) = Cleaned::of(results) else { return Next::Run(self.shared.jobs(submission)) };
            if track == Track::Free {
                let jobs = self.shared.model_jobs(&cleaned, &self.input);
                self.cleaned = Some(cleaned);
                return Next::Run(jobs);
            }
            let learner = || choice.as_ref().map_or(Learner::Fixed, Learner::Chosen);
            return Next::Done(self.shared.score(&cleaned, &[learner(), learner()], &self.input));
        };
        let Ok(modelled) = <[JobResult; 2]>::try_from(results) else {
            unreachable!("two jobs were asked for")
        };
        let learners = modelled.each_ref().map(Learner::Own);
        Next::Done(self.shared.score(&cleaned, &learners, &self.input))
    }
}

impl Shared {
    /// The jobs that run the agent's code on both draws, and on their batches if there are any.
    fn jobs(&self, submission: &Submission) -> Vec<Job> {
        let mut jobs: Vec<Job> = (0..2).map(|draw| self.job(draw, submission)).collect();
        for (draw, batch) in self.batches.iter().flatten().enumerate() {
            jobs.push(self.job_on("serve", draw, batch, submission));
        }
        jobs
    }

    /// The job that runs the agent's code on a draw.
    pub(super) fn job(&self, draw: usize, submission: &Submission) -> Job {
        self.job_on("clean", draw, &self.exports[draw], submission)
    }

    fn job_on(&self, what: &str, draw: usize, export: &[u8], submission: &Submission) -> Job {
        let mut files = self.files.clone();
        files.extend(modules(submission).cloned());
        files.push(BoxFile::new(DRIVER, self.driver));
        files.extend(self.units.as_ref().map(|units| units[draw].clone()));
        files.push(BoxFile::new(TRAIN, export));
        let exposure = if draw == 0 { Exposure::Agent } else { Exposure::Grading };
        Job {
            name: format!("{what}/{}", DRAW_NAMES[draw]),
            files,
            // Isolated mode: neither the environment nor the work directory can change what is imported first.
            argv: ["python3", "-I", DRIVER].map(str::to_owned).to_vec(),
            limits: JobLimits { wall_ms: CLEAN_SECONDS * 1_000, ..JobLimits::standard() },
            outputs: vec![Wanted { path: CLEANED.to_owned(), bytes_max: CLEANED_BYTES_MAX }],
            exposure,
        }
    }

    /// The jobs in which the agent's model learns from what its cleaning made of both draws.
    fn model_jobs(&self, cleaned: &Cleaned, input: &GradeInput) -> Vec<Job> {
        let job = |draw: usize| {
            let served = cleaned.batch(draw).and_then(|result| result.bytes(CLEANED));
            let (features, came) = (self.bench.asked(draw, served), &cleaned.draws[draw]);
            self.model_job(draw, DRAW_NAMES[draw], came, &features, &input.submission, &input.episode)
        };
        (0..2).map(job).collect()
    }

    /// The job in which the agent's model learns from what a run left behind; from an empty table if it left nothing.
    pub(super) fn model_job(
        &self,
        draw: usize,
        name: &str,
        cleaned: &JobResult,
        features: &[u8],
        submission: &Submission,
        episode: &EpisodeSpec,
    ) -> Job {
        let cleaned = cleaned.bytes(CLEANED).unwrap_or_default();
        let schemas = [SCHEMA, UNITS_SCHEMA, SHAPE];
        let mut tables: Vec<BoxFile> =
            self.files.iter().filter(|file| schemas.contains(&file.path.as_str())).cloned().collect();
        tables.push(match self.bench.units(draw, cleaned) {
            Some(units) => BoxFile::new(UNITS_CLEAN, units),
            None => BoxFile::new(CLEANED, cleaned),
        });
        own_model::job(name, tables, self.driver, features, submission, episode.slow)
    }

    fn score(&self, cleaned: &Cleaned, learners: &[Learner<'_>; 2], input: &GradeInput) -> Score {
        let mut flags = Vec::new();
        let measures = [0, 1].map(|draw| self.measure(draw, cleaned, &learners[draw], &mut flags));
        let certified = self.bench.meta.certified;
        let [given, fresh] = measures.each_ref().map(DrawMeasure::recovery);
        if given > 0.0 && fresh < FRESH_SHARE_MIN * given {
            let what = if certified { "recovery" } else { "repair F1" };
            let evidence = format!("{what} {given:.3} on the given draw, {fresh:.3} on the fresh one");
            flags.push(Flag { name: "given-draw-only".to_owned(), evidence });
        }
        let tau = input.episode.tau.unwrap_or(self.bench.meta.tau);
        score::score(&measures, tau, input.probes, flags, certified)
    }

    fn measure(
        &self,
        draw: usize,
        cleaned: &Cleaned,
        learner: &Learner<'_>,
        flags: &mut Vec<Flag>,
    ) -> DrawMeasure {
        let (result, batch) = (&cleaned.draws[draw], cleaned.batch(draw));
        let Some(bytes) = result.bytes(CLEANED) else {
            return DrawMeasure::Nothing(why_nothing(result, CLEANED));
        };
        let served = batch.map(|batch| batch.bytes(CLEANED).ok_or_else(|| why_nothing(batch, CLEANED)));
        match served.transpose() {
            Ok(served) => self.bench.measure(draw, bytes, served, learner, flags),
            Err(why) => DrawMeasure::Nothing(format!("on the serving batch {why}")),
        }
    }
}

/// Why a run left no such file, in words that hold nothing the agent's code printed.
pub(super) fn why_nothing(result: &JobResult, wanted: &str) -> String {
    match (result.end, result.outputs.get(wanted)) {
        (JobEnd::Exited(0), Some(Output::Refused(why))) => format!("{wanted} was refused: {why}"),
        (JobEnd::Exited(0), _) => format!("the run left no {wanted}"),
        (JobEnd::Exited(code), _) => format!("the run ended with exit code {code}"),
        (JobEnd::Signaled(signal), _) => format!("the run was ended by signal {signal}"),
        (JobEnd::Limit(limit), _) => format!("the run hit its {} limit", limit_word(limit)),
    }
}

fn limit_word(limit: envy_core::LimitHit) -> &'static str {
    match limit {
        envy_core::LimitHit::Time => "time",
        envy_core::LimitHit::Memory => "memory",
        envy_core::LimitHit::Processes => "process",
        envy_core::LimitHit::Disk => "disk",
        envy_core::LimitHit::Output => "output",
    }
}

/// The agent's modules, but never in the place of the task's own files.
pub(super) fn modules(submission: &Submission) -> impl Iterator<Item = &BoxFile> {
    submission.files.iter().filter(|file| is_module(&file.path) && file.path != DRIVER)
}

fn is_module(path: &str) -> bool {
    let name = std::path::Path::new(path);
    name.extension().is_some_and(|extension| extension == "py") && !path.contains('/')
}
