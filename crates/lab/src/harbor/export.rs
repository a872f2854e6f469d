//! Export: one of our tasks as a Harbor task folder.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use envy_core::{Brief, Environment, EpisodeSpec, PolicyKind, Score, Submission};
use envy_models::PolicyModel;
use envy_rollout::play;
use serde_json::{Map, Value, json};

use super::{IMAGE_CACHE, WORKDIR};
use crate::admission::check;
use crate::bench::Bench;
use crate::dataset::{Readers, TaskRef, Unfinished, files_beneath, write_file};
use crate::error::LabError;
use crate::grade::ANSWER_FILE;
use crate::runtime::is_static;
use crate::stage::{Place, Stage};

/// Where a verifier's reward is read. Nothing else is ever written there by us.
pub const REWARD_FILE: &str = "/logs/verifier/reward.json";

/// How to get a grader that runs everywhere.
pub const GRADER_HINT: &str = "`cargo xtask static` builds one; name it with --grader";

/// No task's folder holds more files.
const FILES_MAX: usize = 10_000;

/// Seconds that a verifier has: several times what the longest grading takes here.
const VERIFIER_S: u32 = 1_800;

/// How tasks are exported.
#[derive(Clone, Copy, Debug)]
pub struct HarborExport<'a> {
    /// The image of agent and verifier.
    pub image: &'a str,
    /// The envy that grades: a program that needs nothing of the image.
    pub grader: &'a Path,
    /// Each task builds an image of its own, `image` with the data copied in: for readers that do not put loose files
    /// into a container.
    pub dockerfile: bool,
}

/// What the reference policy submits on a task: the solution that a reader's oracle uses.
///
/// # Errors
/// The task was edited, the host failed, or the reference does not pass.
pub async fn solve(
    environment: &'static dyn Environment,
    task: &TaskRef,
    bench: &Bench,
) -> Result<Submission, LabError> {
    check(environment, task)?;
    let found = environment.policies().iter().find(|policy| policy.kind() == PolicyKind::Reference);
    let reference = *found.ok_or_else(|| {
        let what =
            format!("{} has no reference policy, so its tasks have no oracle", environment.info().name);
        LabError::usage(what, "export tasks of another environment")
    })?;
    let stage = Arc::new(Stage::of(environment, vec![task.clone()])?);
    let spec = EpisodeSpec::new(&format!("policy/{}", reference.name()));
    let start = stage.start(Place { task: 0, rollout: 0 }, spec, bench, None)?;
    let outcome = play(start, Arc::new(PolicyModel::new(reference))).await;
    match outcome.verdict.score() {
        Some(score) if score.passed => Ok(outcome.submission),
        _ => Err(LabError::Grader {
            task: task.id().short().to_owned(),
            what: "the reference does not pass, so there is no oracle".to_owned(),
        }),
    }
}

/// What a verifier writes for a score: numbers alone, as every reader takes them.
pub fn reward(score: &Score) -> Value {
    let mut numbers = Map::new();
    numbers.insert("reward".to_owned(), json!(score.reward));
    numbers.insert("passed".to_owned(), json!(u8::from(score.passed)));
    for (name, value) in score.metrics.iter().filter(|(_, value)| value.is_finite()) {
        numbers.entry(name.clone()).or_insert_with(|| json!(value));
    }
    Value::Object(numbers)
}

impl HarborExport<'_> {
    /// Whether the grader runs in any image: it needs no library of its own.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn runs_anywhere(&self) -> Result<bool, LabError> {
        is_static(self.grader).map_err(|error| LabError::file("read", self.grader, &error))
    }

    /// Writes `task` as a folder beneath `out`, which must not hold it yet.
    ///
    /// # Errors
    /// The task was edited, or the folder cannot be written.
    pub fn write(
        &self,
        environment: &'static dyn Environment,
        task: &TaskRef,
        solution: &Submission,
        out: &Path,
    ) -> Result<PathBuf, LabError> {
        let place = out.join(task.id().short());
        if place.exists() {
            let what = format!("{} is there already", place.display());
            return Err(LabError::usage(what, "name another folder with --out"));
        }
        let brief = task.brief()?;
        let unfinished = Unfinished::beside(&place)?;
        let root = unfinished.path();
        let put = |path: &str, bytes: &[u8]| write_file(root, path, bytes, Readers::Everyone);
        put("task.toml", self.config(environment, task).as_bytes())?;
        put("instruction.md", instruction(environment, &brief).as_bytes())?;
        for file in &brief.files {
            put(&format!("environment/{}", file.path), &file.bytes)?;
        }
        if self.dockerfile {
            put("environment/Dockerfile", format!("FROM {}\nCOPY . {WORKDIR}/\n", self.image).as_bytes())?;
            put("environment/.dockerignore", b"Dockerfile\n.dockerignore\n")?;
        }
        for file in &solution.files {
            put(&format!("solution/files/{}", file.path), &file.bytes)?;
        }
        if solution.answer.as_object().is_some_and(|answer| !answer.is_empty()) {
            put(&format!("solution/files/{ANSWER_FILE}"), solution.answer.to_string().as_bytes())?;
        }
        put("solution/solve.sh", solve_script().as_bytes())?;
        put("tests/test.sh", test_script().as_bytes())?;
        for path in files_beneath(task.folder(), FILES_MAX)? {
            let from = task.folder().join(&path);
            let bytes = fs::read(&from).map_err(|error| LabError::file("read", &from, &error))?;
            let readers = if path.starts_with("hidden/") { Readers::OwnerOnly } else { Readers::Everyone };
            write_file(root, &format!("tests/task/{path}"), &bytes, readers)?;
        }
        link(self.grader, &root.join("tests/envy"))?;
        for script in ["solution/solve.sh", "tests/test.sh"] {
            let path = root.join(script);
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755))
                .map_err(|error| LabError::file("write", &path, &error))?;
        }
        unfinished.finish()?;
        Ok(place)
    }

    fn config(&self, environment: &dyn Environment, task: &TaskRef) -> String {
        let (info, manifest) = (environment.info(), task.manifest());
        let limits = EpisodeSpec::new("").limits;
        // JSON's strings are strings of TOML too.
        let text = |text: &str| Value::from(text).to_string();
        let image =
            if self.dockerfile { String::new() } else { format!("docker_image = {}\n", text(self.image)) };
        format!(
            "schema_version = \"1.4\"\n\
             artifacts = [{workdir}]\n\n\
             [task]\nname = {name}\ndescription = {title}\nkeywords = [{environment}]\n\n\
             [metadata]\nenvironment = {environment}\ngenerator = {generator}\ncategory = \"machine learning\"\n\
             digest = {digest}\n\n\
             [agent]\ntimeout_sec = {agent}.0\n\n\
             [verifier]\ntimeout_sec = {VERIFIER_S}.0\nenvironment_mode = \"separate\"\n\n\
             [environment]\n{image}workdir = {workdir}\ncpus = 2\nmemory_mb = 8192\n\
             storage_mb = 10240\n",
            workdir = text(WORKDIR),
            name = text(&format!("envy/{}", task.id().short())),
            title = text(&manifest.title),
            environment = text(info.name),
            generator = text(&manifest.generator),
            digest = text(task.digest().as_str()),
            agent = limits.wall_s,
        )
    }
}

/// The task's words, and how working in Harbor differs from working with our tools.
fn instruction(environment: &dyn Environment, brief: &Brief) -> String {
    let (system, user) = environment.prompt(brief, &EpisodeSpec::new("harbor"));
    let schema = (environment.info().submission_schema)();
    let takes_answer = schema["properties"].as_object().is_some_and(|fields| !fields.is_empty());
    let mut text = format!(
        "# {}\n\n{system}\n\n{user}\n\n## Where and how\n\n\
         - Your work directory is `{WORKDIR}`; the files lie there.\n\
         - You have a shell and tools of your own. The tools that the text names are other words for what you do with \
         them; `eval_model` is not to be had here.\n\
         - There is no call to submit: when you stop, the files in `{WORKDIR}` are graded as they stand.\n",
        brief.title
    );
    if takes_answer {
        // A string takes every line.
        let _ = write!(
            text,
            "- What `submit_answer` would take, write as a JSON object to `{WORKDIR}/{ANSWER_FILE}`. Its schema:\n\n\
             ```json\n{schema:#}\n```\n"
        );
    }
    text
}

fn solve_script() -> String {
    format!("#!/bin/sh\n# What the reference policy submits.\nset -e\ncp -R /solution/files/. {WORKDIR}/\n")
}

fn test_script() -> String {
    format!(
        "#!/bin/sh\n\
         # Grades what lies in {WORKDIR}. The agent's code runs in nested boxes that hold nothing hidden. Where no such box\n\
         # can be opened, no reward is written: that is the host's fault, never a score.\n\
         rm -f {REWARD_FILE} /logs/verifier/reward.txt\n\
         chmod 755 /tests/envy\n\
         ENVY_HOME=/tmp/envy-verifier ENVY_CACHE_DIR=\"${{ENVY_CACHE_DIR:-{IMAGE_CACHE}}}\" exec /tests/envy grade \\\n\
         \x20 --kill-others --task /tests/task --submission {WORKDIR} --reward {REWARD_FILE}\n"
    )
}

/// The same file at another place: a second name if the disk can give it one, else a copy.
fn link(from: &Path, to: &Path) -> Result<(), LabError> {
    fs::hard_link(from, to)
        .or_else(|_| fs::copy(from, to).map(drop))
        .map_err(|error| LabError::file("write", to, &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset;
    use crate::testing::{self, Guess, Memory};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_folder_holds_the_task_and_hides_the_hidden_half_among_the_tests() {
        let home = tempfile::tempdir().unwrap();
        let task = dataset::write(&testing::generated(1), &home.path().join("task")).unwrap();
        let solution = solve(&Guess, &task, &Bench::of(Arc::new(Memory::default()))).await.unwrap();
        let grader = home.path().join("grader");
        fs::write(&grader, "a program").unwrap();
        let export = HarborExport { image: "an \"image\"", grader: &grader, dockerfile: false };
        assert!(!export.runs_anywhere().unwrap());
        let out = home.path().join("out");
        let folder = export.write(&Guess, &task, &solution, &out).unwrap();
        let read = |path: &str| fs::read_to_string(folder.join(path)).unwrap();
        let number = read("environment/hint.txt");
        assert_eq!(read("solution/files/answer.txt"), number);
        assert_eq!(read("tests/task/hidden/golden.txt"), number);
        assert!(read("task.toml").contains(r#"docker_image = "an \"image\"""#), "{}", read("task.toml"));
        assert!(read("instruction.md").contains("Copy hint.txt"));
        assert!(TaskRef::open(&folder.join("tests/task")).unwrap().hidden().is_ok());
        let canary = task.hidden().unwrap().canary().to_owned();
        for path in files_beneath(&folder, FILES_MAX).unwrap() {
            let tests = path.starts_with("tests/");
            assert!(tests || !read(&path).contains(&canary), "{path}");
        }
        assert!(export.write(&Guess, &task, &solution, &out).unwrap_err().hint().contains("--out"));
        let built = HarborExport { image: "base", dockerfile: true, ..export };
        let folder = built.write(&Guess, &task, &solution, &home.path().join("built")).unwrap();
        let recipe = fs::read_to_string(folder.join("environment/Dockerfile")).unwrap();
        assert_eq!(recipe, "FROM base\nCOPY . /app/\n");
        assert!(!fs::read_to_string(folder.join("task.toml")).unwrap().contains("docker_image"));
    }

    #[test]
    fn a_reward_is_numbers_alone() {
        let mut score = Score::zero("nothing");
        score.metrics.insert("recovery".to_owned(), 0.5);
        score.metrics.insert("reward".to_owned(), 9.0);
        score.metrics.insert("broken".to_owned(), f64::NAN);
        assert_eq!(reward(&score), json!({"reward": 0.0, "passed": 0, "recovery": 0.5}));
    }
}
