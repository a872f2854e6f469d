//! Import: a Harbor task folder with loose files and a test script, as a task of ours.
//!
//! The folder's own test script grades, in a fresh box that holds what the agent left and the tests beside it. That is
//! the format's way and not ours: agent code and tests meet in one box, so a reward is as safe as the script is careful.

use std::collections::BTreeMap;
use std::path::Path;

use envy_core::{
    BoxFile, Brief, Certificate, Digest, Generated, Hidden, Knobs, Salt, Seed, TableSource, Task, TaskId,
    TaskSpec,
};
use serde::Deserialize;
use serde_json::json;

use super::WORKDIR;
use super::environment::{INFO, TESTS, TIMEOUT_FACT};
use crate::dataset::{Library, TaskRef, files_beneath, write};
use crate::error::LabError;

/// No imported folder holds more files.
const FILES_MAX: usize = 2_000;

/// No imported folder is larger, bytes.
const BYTES_MAX: u64 = 256 << 20;

/// Seconds of a verifier that says nothing, as Harbor has it.
const VERIFIER_S: f64 = 600.0;

/// What is read of `task.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Config {
    task: Named,
    verifier: Verifier,
    environment: Place,
    steps: Vec<toml::Value>,
    artifacts: Vec<toml::Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Named {
    name: String,
    description: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Verifier {
    timeout_sec: Option<f64>,
    env: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Place {
    workdir: Option<String>,
}

/// Imports the task of a folder, or every task in it, into the library; what was imported before is found again.
///
/// # Errors
/// A folder is no task that can be run here: the message names the file, the hint says why.
pub fn import(folder: &Path, library: &Library) -> Result<Vec<TaskRef>, LabError> {
    if folder.join("task.toml").is_file() {
        return Ok(vec![one(folder, library)?]);
    }
    let failed = |error: std::io::Error| LabError::file("read", folder, &error);
    let mut below: Vec<_> = std::fs::read_dir(folder)
        .map_err(failed)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    below.retain(|path| path.join("task.toml").is_file());
    below.sort();
    if below.is_empty() {
        return Err(refused(folder, "it holds no task.toml, nor does a folder in it"));
    }
    below.iter().map(|path| one(path, library)).collect()
}

fn one(folder: &Path, library: &Library) -> Result<TaskRef, LabError> {
    let task = read(folder)?;
    let place = library.root().join(task.id.as_str());
    if place.is_dir() {
        return TaskRef::open(&place);
    }
    write(&Generated { task, rejections: Vec::new(), notes: Vec::new() }, &place)
}

/// Everything of a folder that a task of ours needs.
fn read(folder: &Path) -> Result<Task, LabError> {
    let config = config(folder)?;
    let workdir = config.environment.workdir.as_deref().unwrap_or(WORKDIR).trim_end_matches('/');
    let mapped = |text: &[u8]| match std::str::from_utf8(text) {
        Ok(text) => rewritten(text, workdir).into_bytes(),
        Err(_) => text.to_vec(),
    };
    let instruction = required(folder, "instruction.md")?;
    let instruction = String::from_utf8(mapped(&instruction))
        .map_err(|_| refused(folder, "instruction.md is not text in UTF-8"))?;
    required(folder, "tests/test.sh")?;
    let (mut bytes, mut tests, mut loose) = (0, BTreeMap::new(), Vec::new());
    for path in files_beneath(folder, FILES_MAX)? {
        let Some((part, rest)) =
            path.split_once('/').filter(|(part, _)| ["tests", "environment"].contains(part))
        else {
            continue;
        };
        let content = required(folder, &path)?;
        bytes += content.len() as u64;
        if bytes > BYTES_MAX {
            return Err(refused(folder, &format!("its files have more than {BYTES_MAX} bytes")));
        }
        if part == "tests" {
            tests.insert(format!("{TESTS}/{rest}"), mapped(&content));
        } else {
            loose.push(BoxFile::new(rest, content));
        }
    }
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let title =
        [&config.task.description, &config.task.name, &name].into_iter().find(|text| !text.is_empty());
    let timeout_s = config.verifier.timeout_sec.unwrap_or(VERIFIER_S);
    let brief = Brief {
        environment: INFO.name.to_owned(),
        title: title.cloned().unwrap_or_default(),
        collect: collected(&config.artifacts, &loose, workdir),
        files: loose,
        facts: BTreeMap::from([
            ("instruction".to_owned(), json!(instruction)),
            (TIMEOUT_FACT.to_owned(), json!(timeout_s)),
        ]),
    };
    Ok(task(brief, tests, &config.verifier.env, name))
}

/// The task, named by the digest of all that it is made of.
fn task(
    brief: Brief,
    tests: BTreeMap<String, Vec<u8>>,
    variables: &BTreeMap<String, String>,
    name: String,
) -> Task {
    let public: Vec<_> = brief.files.iter().map(|file| (&file.path, Digest::of(&file.bytes))).collect();
    let private: Vec<_> = tests.iter().map(|(path, bytes)| (path, Digest::of(bytes))).collect();
    let identity = json!([brief.title, brief.facts, brief.collect, public, private, variables]);
    let digest = Digest::of(identity.to_string().as_bytes());
    let salt = Salt::public();
    let mut spec = TaskSpec::new(INFO.name, 0, Knobs::default(), &salt);
    let target = String::new();
    spec.table = Some(TableSource {
        digest: digest.clone(),
        name,
        target,
        header: false,
        skip_lines: 0,
        time: None,
        group: None,
    });
    let mut hidden = Hidden::new(&Seed::named("harbor").derive(digest.as_str()));
    for (path, bytes) in tests {
        hidden.insert(path, bytes);
    }
    hidden.insert("variables.json", json!(variables).to_string());
    Task {
        id: TaskId::of(&spec, INFO.version, &salt),
        spec,
        generator: INFO.version.to_owned(),
        brief,
        hidden,
        certificate: Certificate {
            certified: false,
            note: "imported: nothing was proved of it".to_owned(),
            figures: BTreeMap::new(),
        },
    }
}

fn config(folder: &Path) -> Result<Config, LabError> {
    let text = String::from_utf8(required(folder, "task.toml")?)
        .map_err(|_| refused(folder, "task.toml is not text in UTF-8"))?;
    let config: Config =
        toml::from_str(&text).map_err(|error| refused(folder, &format!("task.toml: {}", error.message())))?;
    if !config.steps.is_empty() {
        return Err(refused(folder, "it has several steps, and only tasks of one step are run here"));
    }
    for image in ["environment/Dockerfile", "environment/docker-compose.yaml"] {
        if folder.join(image).exists() {
            return Err(refused(
                folder,
                &format!("it needs an image of its own ({image}); only loose files are run here"),
            ));
        }
    }
    let timeout = config.verifier.timeout_sec.unwrap_or(VERIFIER_S);
    if !timeout.is_finite() || timeout <= 0.0 {
        return Err(refused(folder, "task.toml: verifier.timeout_sec is no time"));
    }
    Ok(config)
}

/// What an agent may leave: the declared artifacts first, then whatever lies in the work directory.
fn collected(artifacts: &[toml::Value], loose: &[BoxFile], workdir: &str) -> Vec<String> {
    let declared = artifacts.iter().filter_map(|one| one.as_str().or_else(|| one.get("source")?.as_str()));
    let inside = declared.filter_map(|path| {
        let path = path.strip_prefix(workdir).map_or(path, |rest| rest.trim_start_matches('/'));
        (!path.is_empty() && !path.starts_with('/')).then_some(path.trim_end_matches('/'))
    });
    let mut patterns: Vec<String> = inside.flat_map(|path| [path.to_owned(), format!("{path}/**")]).collect();
    patterns.push("*".to_owned());
    let folders = loose.iter().filter_map(|file| Some(file.path.split_once('/')?.0));
    patterns.extend(folders.map(|folder| format!("{folder}/**")));
    patterns.sort();
    patterns.dedup();
    patterns
}

/// The format's own places as they are called in our boxes: a box has one folder that can be written.
fn rewritten(text: &str, workdir: &str) -> String {
    let tests = format!("/work/{TESTS}");
    let places = [
        ("/logs/verifier", "/work/.harbor/logs/verifier"),
        ("/logs/artifacts", "/work/.harbor/logs/artifacts"),
        ("/logs/agent", "/work/.harbor/logs/agent"),
        ("/tests", tests.as_str()),
        (workdir, "/work"),
    ];
    places
        .iter()
        .filter(|(from, _)| from.len() > 1)
        .fold(text.to_owned(), |text, (from, to)| moved(&text, from, to))
}

/// `from` wherever it stands as a whole path or the beginning of one.
fn moved(text: &str, from: &str, to: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find(from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        let part = |one: char| one.is_alphanumeric() || "._-/~".contains(one);
        let begins = !before.chars().next_back().is_some_and(part);
        let ends = !after.chars().next().is_some_and(|one| one != '/' && part(one));
        out.push_str(before);
        out.push_str(if begins && ends { to } else { from });
        rest = after;
    }
    out + rest
}

fn required(folder: &Path, path: &str) -> Result<Vec<u8>, LabError> {
    let full = folder.join(path);
    std::fs::read(&full).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => refused(folder, &format!("{path} is missing")),
        _ => LabError::file("read", &full, &error),
    })
}

fn refused(folder: &Path, why: &str) -> LabError {
    LabError::usage(
        format!("{} is no task of Harbor that can be run here: {why}", folder.display()),
        "a task holds task.toml, instruction.md, tests/test.sh and, if need be, loose files in environment/",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(folder: &Path, path: &str, text: &str) {
        let path = folder.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A task whose answer is 42.
    fn folder(home: &Path) -> std::path::PathBuf {
        let folder = home.join("answer");
        put(&folder, "task.toml", "[task]\nname = \"a/b\"\n[verifier]\ntimeout_sec = 30.0\n");
        put(&folder, "instruction.md", "Write 42 to /app/out/answer.txt. Not to /apple.\n");
        put(&folder, "environment/data/hint.txt", "42");
        put(&folder, "tests/test.sh", "cmp /app/a /tests/b && echo 1 > /logs/verifier/reward.txt\n");
        folder
    }

    #[test]
    fn a_folder_is_imported_once_and_its_paths_are_those_of_our_boxes() {
        let home = tempfile::tempdir().unwrap();
        let (folder, library) = (folder(home.path()), Library::at(home.path().join("datasets")));
        let first = import(&folder, &library).unwrap();
        let again = import(home.path(), &library).unwrap();
        assert_eq!((first.len(), first[0].id()), (1, again[0].id()));
        let brief = first[0].brief().unwrap();
        assert_eq!(brief.facts["instruction"], "Write 42 to /work/out/answer.txt. Not to /apple.\n");
        assert_eq!(
            (brief.collect.as_slice(), brief.file("data/hint.txt")),
            (&["*", "data/**"].map(str::to_owned)[..], Some(&b"42"[..]))
        );
        let hidden = first[0].hidden().unwrap();
        let script = String::from_utf8_lossy(hidden.get(".harbor/tests/test.sh").unwrap()).into_owned();
        assert!(
            script.starts_with("cmp /work/a /work/.harbor/tests/b && echo 1 > /work/.harbor/logs/verifier/"),
            "{script}"
        );
    }

    #[test]
    fn a_missing_or_invalid_file_is_named_and_nothing_is_imported() {
        let home = tempfile::tempdir().unwrap();
        let library = Library::at(home.path().join("datasets"));
        let breaks: &[(&str, Option<&str>, &str)] = &[
            ("task.toml", Some("[task\n"), "task.toml: "),
            ("task.toml", Some("[[steps]]\nname = \"one\"\n"), "several steps"),
            ("task.toml", Some("[verifier]\ntimeout_sec = -1.0\n"), "no time"),
            ("instruction.md", None, "instruction.md is missing"),
            ("tests/test.sh", None, "tests/test.sh is missing"),
            ("environment/Dockerfile", Some("FROM x"), "an image of its own"),
        ];
        for (path, text, why) in breaks {
            let folder = folder(home.path());
            match text {
                Some(text) => put(&folder, path, text),
                None => std::fs::remove_file(folder.join(path)).unwrap(),
            }
            let error = import(&folder, &library).unwrap_err();
            assert!(error.to_string().contains(why), "{path}: {error}");
            assert!(!library.root().exists(), "{path}");
            std::fs::remove_dir_all(folder).unwrap();
        }
        assert!(import(&home.path().join("none"), &library).is_err());
    }
}
