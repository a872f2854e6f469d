//! A home of its own for each test, and the command run in it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// A temporary home.
pub(crate) struct Scene {
    home: tempfile::TempDir,
}

/// This crate's folder, as cargo names it now: the build may be one that another checkout made.
pub(crate) fn package() -> PathBuf {
    PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the tests"))
}

/// What a command did.
pub(crate) struct Told {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    /// A home with one task in it, a copy of one that is generated once for all tests.
    pub(crate) fn with_task() -> Self {
        static MADE: OnceLock<Scene> = OnceLock::new();
        let made = MADE.get_or_init(|| {
            let scene = Self::new();
            scene.json("dataset generate --json");
            scene
        });
        made.copied()
    }

    /// A home with one task and a run of two policies on it: 0 is null's episode, 1 the reference's.
    pub(crate) fn with_run() -> Self {
        static MADE: OnceLock<Scene> = OnceLock::new();
        let made = MADE.get_or_init(|| {
            let scene = Self::with_task();
            let who = "--model policy/null --model policy/reference";
            scene.json(&format!("eval --dataset cleaning {who} --num-runs 1 --json"));
            scene
        });
        made.copied()
    }

    fn copied(&self) -> Self {
        let scene = Self::new();
        for path in self.tree() {
            let place = scene.home.path().join(path.strip_prefix(self.home.path()).unwrap());
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            if path.is_file() {
                std::fs::copy(&path, &place).unwrap();
            }
        }
        scene
    }

    /// The folder of the only task.
    pub(crate) fn task(&self) -> PathBuf {
        only(&self.path("home/datasets"))
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.home.path().join(below)
    }

    /// Writes a file into the scene and gives its path as an argument.
    pub(crate) fn file(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    }

    /// The command, not yet started; its words are separated by blanks.
    pub(crate) fn command(&self, words: &str) -> Command {
        #[allow(clippy::disallowed_methods, reason = "the program under test is a process")]
        let mut command = Command::new(env!("CARGO_BIN_EXE_envy"));
        command.args(words.split_whitespace()).env("ENVY_HOME", self.path("home")).stdin(Stdio::null());
        // No key of the one who runs the tests, and no .env of the place where they run.
        command.env_remove("OPENAI_API_KEY").current_dir(self.home.path());
        command
    }

    pub(crate) fn run(&self, words: &str) -> Told {
        Told::from(self.command(words).output().unwrap())
    }

    /// The JSON that a command prints.
    pub(crate) fn json(&self, words: &str) -> Value {
        let told = self.run(words);
        assert_eq!(told.code, Some(0), "{words}: {}", told.stderr);
        serde_json::from_str(&told.stdout).unwrap_or_else(|error| panic!("{words}: {error}: {}", told.stdout))
    }

    /// Verifies the newest run: its submissions, run again, must all get their very verdicts.
    pub(crate) fn proves_every_verdict(&self, records: usize) {
        let verified = self.json("verify last --json");
        let rows = verified["records"].as_array().unwrap();
        assert_eq!(rows.len(), records, "{verified}");
        let held = |row: &&Value| {
            row["verdict"] == "same" && row["receipt"] == true && row["wrong"] == Value::Array(Vec::new())
        };
        assert_eq!(rows.iter().filter(held).count(), records, "{verified}");
    }

    pub(crate) fn start(&self, words: &str) -> Child {
        self.command(words).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Everything that lies beneath the home, sorted.
    pub(crate) fn tree(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut waiting = vec![self.path("home")];
        while let Some(folder) = waiting.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                found.push(entry.path());
                waiting.push(entry.path());
            }
        }
        found.sort();
        found
    }
}

impl Told {
    /// Fails with this code, saying `what` in the error line and `hint` in a hint line.
    pub(crate) fn fails(&self, code: i32, what: &str, hint: &str) {
        let line = |prefix: &str| {
            let found = self.stderr.lines().find(|line| line.starts_with(prefix));
            found.unwrap_or_else(|| panic!("no {prefix} line in: {}", self.stderr))
        };
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        assert!(line("error: ").contains(what), "{}", self.stderr);
        if !hint.is_empty() {
            assert!(line("hint: ").contains(hint), "{}", self.stderr);
        }
        assert!(self.stdout.is_empty(), "{}", self.stdout);
    }
}

impl From<Output> for Told {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

/// The row of a model in a report.
pub(crate) fn row<'a>(report: &'a Value, model: &str) -> &'a Value {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().find(|row| row["model"] == model).unwrap_or_else(|| panic!("{model} has no row in {report}"))
}

/// Whether agent code can be run here.
pub(crate) fn boxes_work() -> bool {
    let told = Scene::new().run("sandbox exec -- true");
    if told.code != Some(0) {
        skipped(&format!("the Python runtime and user namespaces ({})", told.stderr.trim()));
    }
    told.code == Some(0)
}

/// Says what a test needs that is not here, so that it is counted.
#[allow(clippy::print_stdout, reason = "what is skipped is said, never passed over in silence")]
pub(crate) fn skipped(needs: &str) {
    println!("SKIPPED: needs {needs}");
}

/// The one folder in `folder`.
fn only(folder: &Path) -> PathBuf {
    let entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    let [one] = &entries[..] else { panic!("{} holds {entries:?}", folder.display()) };
    one.clone()
}
