//! Offline grading: a folder of files gets the verdict that an episode with these files would have got.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use envy_core::policy::{call, fixed};
use envy_core::{BoxFile, Brief, Environment, EpisodeSpec, Judge, Policy, PolicyKind, Script, Seed};
use envy_models::PolicyModel;
use envy_rollout::{EpisodeStart, OpenGrader, Outcome, SUBMISSION_FILE_BYTES_MAX, Toolbox, agent_box, play};
use serde_json::json;

use crate::admission::{admit, check};
use crate::bench::Bench;
use crate::dataset::{TaskRef, files_beneath};
use crate::error::LabError;
use crate::graders;

/// The most files that a submitted folder may hold.
const FILES_MAX: usize = 2_000;

/// The file that holds the arguments of `submit_answer`, if the environment wants any.
pub const ANSWER_FILE: &str = "answer.json";

/// Submits at once what lies in its folder.
struct Submit;

impl Policy for Submit {
    fn name(&self) -> &'static str {
        "submit"
    }

    fn doc(&self) -> &'static str {
        "Submits the files as they are."
    }

    fn kind(&self) -> PolicyKind {
        PolicyKind::Partial
    }

    fn start(&self, brief: &Brief, _seed: Seed) -> Box<dyn Script> {
        let answer = brief.file(ANSWER_FILE).and_then(|bytes| serde_json::from_slice(bytes).ok());
        fixed(vec![vec![call("submit_answer", answer.unwrap_or_else(|| json!({})))]])
    }
}

/// Grades the files of a folder on a task as on one of its environment's tracks: the same checks, caps, boxes and rules as at the end of an episode.
///
/// # Errors
/// There is no such track, the task was edited, or the folder cannot be read. A host that fails is a void verdict.
pub async fn grade(
    environment: &dyn Environment,
    task: &TaskRef,
    folder: &Path,
    track: &str,
    bench: &Bench,
    judge: Option<Arc<dyn Judge>>,
) -> Result<Outcome, LabError> {
    let spec = EpisodeSpec { track: track.to_owned(), ..EpisodeSpec::new("offline") };
    admit(environment, &spec)?;
    check(environment, task)?;
    let brief = task.brief()?;
    let grader = graders::open(environment, task, &brief)?;
    let open_grader: OpenGrader = Arc::new(move || Ok(Arc::clone(&grader)));
    let info = environment.info();
    // The folder stands for the agent's box: what the patterns name is taken from it, within the same caps.
    let submitted = Brief { files: read_folder(folder)?, ..Brief::clone(&brief) };
    let start = EpisodeStart {
        prompt: environment.prompt(&brief, &spec),
        brief: Arc::new(submitted),
        spec,
        toolbox: Arc::new(Toolbox::new(info.tools, &(info.submission_schema)())?),
        runner: bench.runner().clone(),
        box_limits: agent_box(),
        open_grader,
        judge,
        seed: Seed::named("offline"),
        observer: None,
        reviewer: None,
    };
    Ok(play(start, Arc::new(PolicyModel::new(&Submit))).await)
}

fn read_folder(folder: &Path) -> Result<Vec<BoxFile>, LabError> {
    if !folder.is_dir() {
        return Err(LabError::usage(
            format!("{} is no folder", folder.display()),
            "--submission takes the folder that holds the submitted files",
        ));
    }
    let mut submitted = Vec::new();
    for path in files_beneath(folder, FILES_MAX)? {
        let full = folder.join(&path);
        let mut bytes = Vec::new();
        // One byte over the cap is enough for the episode to leave the file out.
        let read = File::open(&full)
            .and_then(|file| file.take(SUBMISSION_FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes));
        read.map_err(|error| LabError::file("read", &full, &error))?;
        submitted.push(BoxFile { path, bytes });
    }
    Ok(submitted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset;
    use crate::testing::{self, Guess, Memory};

    fn task(home: &Path) -> TaskRef {
        dataset::write(&testing::generated(1), &home.join("task")).unwrap()
    }

    fn bench() -> Bench {
        Bench::of(Arc::new(Memory::default()))
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_folder_gets_the_verdict_of_an_episode() {
        let home = tempfile::tempdir().unwrap();
        let task = task(home.path());
        let folder = home.path().join("submission");
        std::fs::create_dir(&folder).unwrap();
        let nothing = grade(&Guess, &task, &folder, "fixed", &bench(), None).await.unwrap();
        assert_eq!(nothing.verdict.score().unwrap().reward, 0.0);
        let hint = task.brief().unwrap().file("hint.txt").unwrap().to_vec();
        std::fs::write(folder.join("answer.txt"), hint).unwrap();
        std::fs::write(folder.join("notes.txt"), "mine").unwrap();
        let right = grade(&Guess, &task, &folder, "fixed", &bench(), None).await.unwrap();
        assert!(right.verdict.score().unwrap().passed);
        let names: Vec<&str> = right.submission.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(names, ["answer.txt"]);
        let nowhere = grade(&Guess, &task, &folder, "sideways", &bench(), None).await.unwrap_err();
        assert!(nowhere.to_string().contains("no track \"sideways\""), "{nowhere}");
        assert!(grade(&Guess, &task, &home.path().join("none"), "fixed", &bench(), None).await.is_err());
    }
}
