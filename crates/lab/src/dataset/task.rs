//! A task's folder. The visible half is loaded once and shared, the hidden half on demand and dropped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use envy_core::{BoxFile, Brief, Digest, Generated, Hidden, TaskId};

use super::files::{self, Readers, Unfinished};
use super::manifest::{Manifest, ORIGIN_SCHEMA, Origin, TASK_SCHEMA};
use crate::error::LabError;

const MANIFEST_FILE: &str = "task.json";
const PUBLIC_FOLDER: &str = "public";
const HIDDEN_FOLDER: &str = "hidden";
/// Beside the hidden entries: where the task comes from.
const ORIGIN_FILE: &str = "origin.json";

/// A task's folder, of which only the manifest is in memory.
#[derive(Clone, Debug)]
pub struct TaskRef {
    folder: PathBuf,
    manifest: Manifest,
}

impl TaskRef {
    /// Opens the folder: reads its manifest and nothing else.
    ///
    /// # Errors
    /// There is no task, or its manifest was edited.
    pub fn open(folder: &Path) -> Result<Self, LabError> {
        let Some(text) = files::read_file(folder, MANIFEST_FILE)? else {
            return Err(LabError::usage(
                format!("{} is no task's folder: it holds no {MANIFEST_FILE}", folder.display()),
                "`envy dataset list` shows the datasets there are",
            ));
        };
        let manifest = Manifest::from_text(&text)
            .map_err(|what| LabError::edited(folder, format!("{MANIFEST_FILE} {what}")))?;
        let folder = std::path::absolute(folder).map_err(|error| LabError::file("find", folder, &error))?;
        Ok(Self { folder, manifest })
    }

    /// True if `folder` holds a task's manifest, readable or not.
    pub(crate) fn is_at(folder: &Path) -> bool {
        folder.join(MANIFEST_FILE).is_file()
    }

    /// When the task was written, for ordering tasks by age.
    pub(crate) fn written_at(&self) -> Option<std::time::SystemTime> {
        std::fs::metadata(self.folder.join(MANIFEST_FILE)).and_then(|metadata| metadata.modified()).ok()
    }

    /// Makes the task the newest one. Best effort: a folder that may not be written can still be used.
    pub(crate) fn touch(&self) {
        let now = std::time::SystemTime::from(crate::clock::now());
        if let Ok(file) = std::fs::File::options().append(true).open(self.folder.join(MANIFEST_FILE)) {
            let _best_effort = file.set_modified(now);
        }
    }

    /// The task's name.
    pub fn id(&self) -> &TaskId {
        &self.manifest.id
    }

    /// What the manifest says.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Where the task lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The digest of the whole task.
    pub fn digest(&self) -> Digest {
        self.manifest.digest()
    }

    /// Loads the visible half.
    ///
    /// # Errors
    /// A file was edited or is gone; the message names it.
    pub fn brief(&self) -> Result<Arc<Brief>, LabError> {
        let folder = self.folder.join(PUBLIC_FOLDER);
        let mut visible = Vec::with_capacity(self.manifest.public.len());
        for (path, digest) in &self.manifest.public {
            let bytes = files::read_file(&folder, path)?
                .ok_or_else(|| self.missing(&format!("{PUBLIC_FOLDER}/{path}")))?;
            if Digest::of(&bytes) != *digest {
                return Err(self.edited(&format!("{PUBLIC_FOLDER}/{path}")));
            }
            visible.push(BoxFile::new(path.clone(), bytes));
        }
        Ok(Arc::new(Brief {
            environment: self.manifest.environment.clone(),
            title: self.manifest.title.clone(),
            files: visible,
            collect: self.manifest.collect.clone(),
            facts: self.manifest.facts.clone(),
        }))
    }

    /// Loads the hidden half; drop it as soon as the work with it is done.
    ///
    /// # Errors
    /// A file was edited or is gone, or this user may not read it; the message names it.
    pub fn hidden(&self) -> Result<Hidden, LabError> {
        let (mut entries, salt) = (BTreeMap::new(), self.hidden_salt()?);
        for name in self.manifest.hidden.keys().filter(|name| *name != ORIGIN_FILE) {
            entries.insert(name.clone(), self.hidden_file(name, &salt)?);
        }
        Hidden::from_entries(entries).map_err(|what| LabError::edited(&self.folder, what))
    }

    /// Loads where the task comes from and what proves it.
    ///
    /// # Errors
    /// The file was edited or is gone, or this user may not read it.
    pub fn origin(&self) -> Result<Origin, LabError> {
        let bytes = self.hidden_file(ORIGIN_FILE, &self.hidden_salt()?)?;
        serde_json::from_slice(&bytes).map_err(|error| {
            LabError::edited(
                &self.folder,
                format!("{HIDDEN_FOLDER}/{ORIGIN_FILE} is no task origin ({error})"),
            )
        })
    }

    /// The token that must show up nowhere else; nothing more of the hidden half is read.
    ///
    /// # Errors
    /// The file was edited or is gone, or this user may not read it.
    pub(crate) fn canary(&self) -> Result<String, LabError> {
        Ok(String::from_utf8_lossy(&self.hidden_salt()?).into_owned())
    }

    fn hidden_salt(&self) -> Result<Vec<u8>, LabError> {
        let canary = envy_core::task::CANARY_FILE;
        let path = format!("{HIDDEN_FOLDER}/{canary}");
        let bytes =
            files::read_file(&self.folder.join(HIDDEN_FOLDER), canary)?.ok_or_else(|| self.missing(&path))?;
        if self.manifest.hidden.get(canary) == Some(&salted(&bytes, &bytes)) {
            Ok(bytes)
        } else {
            Err(self.edited(&path))
        }
    }

    fn hidden_file(&self, name: &str, salt: &[u8]) -> Result<Vec<u8>, LabError> {
        let bytes = files::read_file(&self.folder.join(HIDDEN_FOLDER), name)?
            .ok_or_else(|| self.missing(&format!("{HIDDEN_FOLDER}/{name}")))?;
        if self.manifest.hidden.get(name) == Some(&salted(salt, &bytes)) {
            Ok(bytes)
        } else {
            Err(self.edited(&format!("{HIDDEN_FOLDER}/{name}")))
        }
    }

    fn missing(&self, path: &str) -> LabError {
        LabError::edited(&self.folder, format!("{path} is missing"))
    }

    fn edited(&self, path: &str) -> LabError {
        LabError::edited(&self.folder, format!("{path} was edited: its digest no longer fits"))
    }
}

/// The digest of a hidden file: with the canary in front, so that a published manifest confirms no guess.
fn salted(salt: &[u8], bytes: &[u8]) -> Digest {
    Digest::of(&[salt, &[0], bytes].concat())
}

/// Writes a task to `place`, whole or not at all.
///
/// # Errors
/// The folder cannot be written.
pub fn write(generated: &Generated, place: &Path) -> Result<TaskRef, LabError> {
    let unfinished = Unfinished::beside(place)?;
    fill(generated, unfinished.path())?;
    unfinished.finish()?;
    TaskRef::open(place)
}

/// Writes a task into an empty folder.
pub(crate) fn fill(generated: &Generated, folder: &Path) -> Result<Manifest, LabError> {
    let task = &generated.task;
    let (public, hidden) = (folder.join(PUBLIC_FOLDER), folder.join(HIDDEN_FOLDER));
    files::create_folder(&public, Readers::Everyone)?;
    files::create_folder(&hidden, Readers::OwnerOnly)?;
    let origin = Origin {
        schema: ORIGIN_SCHEMA.to_owned(),
        spec: task.spec.clone(),
        certificate: task.certificate.clone(),
        rejections: generated.rejections.clone(),
        notes: generated.notes.clone(),
    };
    let origin = serde_json::to_vec_pretty(&origin).expect("an origin is plain data");
    let salt = task.hidden.canary().as_bytes();
    let mut digests = BTreeMap::new();
    for (name, bytes) in task.hidden.entries().chain([(ORIGIN_FILE, origin.as_slice())]) {
        files::write_file(&hidden, name, bytes, Readers::OwnerOnly)?;
        digests.insert(name.to_owned(), salted(salt, bytes));
    }
    for file in &task.brief.files {
        files::write_file(&public, &file.path, &file.bytes, Readers::Everyone)?;
    }
    let manifest = Manifest {
        schema: TASK_SCHEMA.to_owned(),
        id: task.id.clone(),
        environment: task.brief.environment.clone(),
        title: task.brief.title.clone(),
        generator: task.generator.clone(),
        certified: task.certificate.certified,
        collect: task.brief.collect.clone(),
        facts: task.brief.facts.clone(),
        public: task.brief.files.iter().map(|file| (file.path.clone(), Digest::of(&file.bytes))).collect(),
        hidden: digests,
    };
    files::write_file(folder, MANIFEST_FILE, manifest.to_text().as_bytes(), Readers::Everyone)?;
    Ok(manifest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_task_comes_back_whole_and_its_public_half_names_no_seed() {
        let home = tempfile::tempdir().unwrap();
        let task = write(&testing::generated(7), &home.path().join("task")).unwrap();
        let (brief, hidden, origin) = (task.brief().unwrap(), task.hidden().unwrap(), task.origin().unwrap());
        let made = testing::generated(7).task;
        assert_eq!((brief.files.clone(), brief.facts.clone()), (made.brief.files, made.brief.facts));
        assert_eq!(hidden.entries().collect::<Vec<_>>(), made.hidden.entries().collect::<Vec<_>>());
        assert_eq!((origin.spec, origin.certificate), (made.spec, made.certificate));
        let manifest = std::fs::read_to_string(task.folder().join(MANIFEST_FILE)).unwrap();
        assert!(!manifest.contains("seed") && !manifest.contains(hidden.canary()));
    }

    #[test]
    fn every_edited_or_missing_file_is_named() {
        let home = tempfile::tempdir().unwrap();
        let place = home.path().join("task");
        let manifest = write(&testing::generated(7), &place).unwrap().manifest;
        let public = manifest.public.keys().map(|name| format!("public/{name}"));
        let hidden = manifest.hidden.keys().map(|name| format!("hidden/{name}"));
        for path in public.chain(hidden).chain([MANIFEST_FILE.to_owned()]) {
            let load = || -> Result<(), LabError> {
                let task = TaskRef::open(&place)?;
                task.brief()?;
                task.origin()?;
                task.hidden().map(drop)
            };
            let before = std::fs::read(place.join(&path)).unwrap();
            std::fs::write(place.join(&path), [before.as_slice(), b" "].concat()).unwrap();
            // A byte after the manifest's last brace changes nothing that it says.
            if path != MANIFEST_FILE {
                let told = load().unwrap_err().to_string();
                assert!(told.contains(&format!("{path} was edited")), "{told}");
            }
            std::fs::remove_file(place.join(&path)).unwrap();
            let told = load().unwrap_err().to_string();
            assert!(told.contains(path.as_str()), "{told}");
            std::fs::write(place.join(&path), before).unwrap();
            load().unwrap();
        }
    }
}
