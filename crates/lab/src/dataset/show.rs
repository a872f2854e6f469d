//! All that the owner may know of a task, gathered from its folder.

use std::collections::BTreeMap;
use std::path::PathBuf;

use envy_core::{Certificate, Environment, EpisodeSpec, Knobs, TaskId, TaskSpec, spec};
use serde::Serialize;

use super::columns::{self, TableSummary};
use super::ledger::{self, CorruptionSummary};
use super::task::TaskRef;
use crate::admission::admit;
use crate::error::{LabError, counted};
use crate::expert;

/// A task, for its owner. It names what is hidden: never for an agent's eyes.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// Always `envy.task-summary/1`.
    pub schema: &'static str,
    /// The task's name.
    pub id: TaskId,
    /// The environment's registry name.
    pub environment: String,
    /// What the data is about.
    pub title: String,
    /// Where it lies.
    pub folder: PathBuf,
    /// The generator's version.
    pub generator: String,
    /// The user's seed.
    #[serde(with = "spec::decimal")]
    pub seed: u64,
    /// The id of the salt.
    pub salt: String,
    /// What generated it, as `envy dataset generate --spec` reads it.
    pub spec: TaskSpec,
    /// The user's own table, by name.
    pub table: Option<String>,
    /// Every knob.
    pub knobs: Knobs,
    /// The proof with its figures (headroom and the like).
    pub certificate: Certificate,
    /// How often the gate rejected a candidate on the way, by condition.
    pub rejected: BTreeMap<String, usize>,
    /// What was understood of the user's table and the like.
    pub notes: Vec<String>,
    /// The visible files and their sizes in bytes.
    pub files: BTreeMap<String, usize>,
    /// The visible tables.
    pub tables: Vec<TableSummary>,
    /// What was done to the data.
    pub corruptions: Vec<CorruptionSummary>,
    /// What the metrics of a score on it say, by name.
    pub scores: BTreeMap<&'static str, &'static str>,
}

/// Gathers all that the owner may know of a task; every file is checked against its digest.
///
/// # Errors
/// A file was edited or is gone, or this user may not read the hidden half.
pub fn show(environment: &dyn Environment, task: &TaskRef) -> Result<Shown, LabError> {
    let (brief, origin) = (task.brief()?, task.origin()?);
    let corruptions = ledger::summarise(&task.hidden()?);
    Ok(Shown {
        schema: "envy.task-summary/1",
        id: task.id().clone(),
        environment: brief.environment.clone(),
        title: brief.title.clone(),
        folder: task.folder().to_owned(),
        generator: task.manifest().generator.clone(),
        seed: origin.spec.seed,
        salt: origin.spec.salt.clone(),
        table: origin.spec.table.as_ref().map(|table| table.name.clone()),
        knobs: origin.spec.knobs.clone(),
        spec: origin.spec,
        certificate: origin.certificate,
        rejected: counted(&origin.rejections),
        notes: origin.notes,
        files: brief.files.iter().map(|file| (file.path.clone(), file.bytes.len())).collect(),
        tables: columns::summarise(&brief),
        corruptions,
        scores: environment.info().explained.iter().copied().collect(),
    })
}

/// The first messages of an episode on a task, as its model reads them: (system, user).
///
/// # Errors
/// A file was edited or is gone, or nobody plays for this environment's expert score.
pub fn prompt(
    environment: &dyn Environment,
    task: &TaskRef,
    episode: &EpisodeSpec,
) -> Result<(String, String), LabError> {
    admit(environment, episode)?;
    let brief = task.brief()?;
    if episode.expert {
        let brief = expert::uncorrupted(environment, task, &brief)?.brief;
        return Ok(environment.prompt(&brief, episode));
    }
    Ok(environment.prompt(&brief, episode))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::task::write;
    use crate::testing;

    #[test]
    fn the_summary_names_the_proof_and_the_corruption() {
        let home = tempfile::tempdir().unwrap();
        let task = write(&testing::generated(7), &home.path().join("task")).unwrap();
        let shown = show(&testing::Guess, &task).unwrap();
        assert_eq!(shown.scores["closeness"], "how near the guess is");
        assert_eq!((shown.seed, shown.tables[0].rows), (7, 3));
        assert_eq!(shown.corruptions[0].operator, "blank");
        assert!(shown.certificate.figures["headroom"] > 0.0);
        assert_eq!(serde_json::to_value(&shown).unwrap()["seed"], "7");
    }
}
