//! A stand-in for boxes on a trusted machine: jobs and policies run in forks of one Python process. For figures and tests of
//! our own policies only; nothing here isolates anything.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use envy_core::{
    BoxFile, Brief, EpisodeSpec, GradeInput, Grader, Job, JobEnd, JobResult, LimitHit, Move, Next,
    Observation, Output, Policy, Score, Seed, Submission,
};
use serde_json::Value;

/// The environment variable that names a Python with scikit-learn and pandas.
pub(crate) const PYTHON: &str = "ENVY_TEST_PYTHON";
const FORK: &str = include_str!("fork.py");
/// The answer of a run that was stopped.
const STOPPED: i32 = 124;

/// One Python process and a folder to work in.
pub(crate) struct Local {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    folder: tempfile::TempDir,
    runs: usize,
}

impl Local {
    /// Starts Python; `None` if there is none with the libraries.
    #[allow(
        clippy::disallowed_methods,
        reason = "a benchmark on a trusted machine: the programs are our own policies"
    )]
    pub(crate) fn start() -> Option<Self> {
        let python = std::env::var(PYTHON).unwrap_or_else(|_| "python3".to_owned());
        let mut child = Command::new(python)
            .args(["-c", FORK])
            .env("OMP_NUM_THREADS", "1")
            .env("OPENBLAS_NUM_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let (to, from) = (child.stdin.take()?, BufReader::new(child.stdout.take()?));
        let mut local = Self { child, to, from, folder: tempfile::tempdir().ok()?, runs: 0 };
        let files = [BoxFile::new("probe.py", "pass\n")];
        local.run(&files, "probe.py", 60).map(|_| local)
    }

    /// Runs a program in a fresh folder with these files; the folder and the exit code.
    fn run(&mut self, files: &[BoxFile], program: &str, seconds: u64) -> Option<(PathBuf, i32)> {
        self.runs += 1;
        let folder = self.folder.path().join(self.runs.to_string());
        for file in files {
            write(&folder, &file.path, &file.bytes)?;
        }
        let code = self.again(&folder, program, seconds)?;
        Some((folder, code))
    }

    fn again(&mut self, folder: &Path, program: &str, seconds: u64) -> Option<i32> {
        writeln!(self.to, "{}\t{program}\t{seconds}", folder.display()).ok()?;
        self.to.flush().ok()?;
        let mut line = String::new();
        self.from.read_line(&mut line).ok()?;
        line.trim().parse().ok()
    }

    /// Runs a job.
    pub(crate) fn job(&mut self, job: &Job) -> Option<JobResult> {
        let program = job.argv.last()?.clone();
        let (folder, code) = self.run(&job.files, &program, job.limits.wall_ms / 1_000)?;
        let mut outputs = BTreeMap::new();
        for wanted in &job.outputs {
            let output = match std::fs::read(folder.join(&wanted.path)) {
                Ok(bytes) if bytes.len() as u64 <= wanted.bytes_max => Output::Bytes(bytes),
                Ok(_) => Output::Refused("too large".to_owned()),
                Err(_) => Output::Missing,
            };
            outputs.insert(wanted.path.clone(), output);
        }
        let stderr_tail = std::fs::read_to_string(folder.join("stderr.txt")).unwrap_or_default();
        let _ = std::fs::remove_dir_all(folder);
        let end = if code == STOPPED { JobEnd::Limit(LimitHit::Time) } else { JobEnd::Exited(code) };
        Some(JobResult { end, outputs, stderr_tail })
    }

    /// Lets a policy play and collects what it submits.
    pub(crate) fn play(&mut self, policy: &dyn Policy, brief: &Brief) -> Option<Submission> {
        let mut script = policy.start(brief, Seed::named("bench"));
        self.runs += 1;
        let folder = self.folder.path().join(self.runs.to_string());
        for file in &brief.files {
            write(&folder, &file.path, &file.bytes)?;
        }
        let mut last: Vec<Observation> = Vec::new();
        let mut answer = Value::Null;
        while let Move::Call(calls) = script.next(&last) {
            last.clear();
            for call in calls {
                let text =
                    |name: &str| call.arguments.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
                match call.name.as_str() {
                    "write_file" => write(&folder, &text("path"), text("content").as_bytes())?,
                    "run_python" => {
                        self.again(&folder, &text("script_path"), 120)?;
                    }
                    _ => answer = call.arguments,
                }
            }
        }
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&folder).ok()? {
            let name = entry.ok()?.file_name().into_string().ok()?;
            if name.contains(".py") || name == "report.json" {
                files.push(BoxFile::new(name.clone(), std::fs::read(folder.join(&name)).ok()?));
            }
        }
        files.sort_by(|left, right| left.path.cmp(&right.path));
        let _ = std::fs::remove_dir_all(folder);
        Some(Submission { answer, files })
    }

    /// Grades a submission.
    pub(crate) fn grade(
        &mut self,
        grader: &dyn Grader,
        submission: Submission,
        track: &str,
    ) -> Option<Score> {
        let episode = EpisodeSpec { track: track.to_owned(), ..EpisodeSpec::new("policy/bench") };
        let mut work = grader.grade(GradeInput { submission, episode, probes: 0 });
        let mut results = Vec::new();
        loop {
            match work.advance(results) {
                Next::Done(score) => return Some(score),
                Next::Run(jobs) => {
                    results = jobs.iter().map(|job| self.job(job)).collect::<Option<Vec<_>>>()?;
                }
            }
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn write(folder: &Path, path: &str, bytes: &[u8]) -> Option<()> {
    let path = folder.join(path);
    std::fs::create_dir_all(path.parent()?).ok()?;
    std::fs::write(path, bytes).ok()
}
