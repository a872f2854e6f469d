//! What works on this machine, and how to mend the rest: all that `envy doctor` shows.

use std::path::Path;

use envy_core::SandboxError;
use envy_sandbox::container;
#[cfg(target_os = "linux")]
use envy_sandbox::{FeatureState, features};
use serde::Serialize;

use crate::bench::Backend;

use crate::error::LabError;
use crate::home::Home;
use crate::runtime::{self, State};
use crate::store::Reader;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// `sandbox`, `runtime`, `keys` or `data`.
    pub area: &'static str,
    /// What was looked at.
    pub name: String,
    /// How it stands.
    pub health: Health,
    /// What was found.
    pub detail: String,
    /// What to do about it, or empty.
    pub hint: String,
}

/// How a thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It works.
    Ok,
    /// It is not there, and is made when it is needed or not needed at all.
    Absent,
    /// A weaker substitute takes its place.
    Degraded,
    /// It does not work, and something needs it.
    Broken,
}

impl Check {
    fn new(area: &'static str, name: impl Into<String>, health: Health, detail: impl Into<String>) -> Self {
        Self { area, name: name.into(), health, detail: detail.into(), hint: String::new() }
    }

    fn broken(area: &'static str, name: &str, error: &LabError) -> Self {
        Self { hint: error.hint(), ..Self::new(area, name, Health::Broken, error.to_string()) }
    }
}

/// Looks at the sandbox, the runtime, the providers' keys and the data folder; changes nothing.
pub fn examine(home: &Home) -> Vec<Check> {
    let runtime = runtime::doctor(home.cache()).into_iter().map(|finding| Check {
        area: "runtime",
        name: finding.name.to_owned(),
        health: match finding.state {
            State::Ok => Health::Ok,
            State::Absent => Health::Absent,
            State::Broken => Health::Broken,
        },
        detail: finding.detail,
        hint: finding.hint,
    });
    // Where boxes are a container's, so is their runtime: this machine needs none of its own.
    let runtime = runtime.filter(|_| Backend::STANDARD == Backend::Native);
    native()
        .into_iter()
        .chain(daemon())
        .chain(runtime)
        .chain(keys())
        .chain([data(home), store(home)])
        .collect()
}

/// What native boxes are made of.
#[cfg(target_os = "linux")]
fn native() -> Vec<Check> {
    let checks = features().into_iter().map(|feature| Check {
        area: "sandbox",
        name: feature.name.to_owned(),
        health: match feature.state {
            FeatureState::Strict => Health::Ok,
            FeatureState::Degraded => Health::Degraded,
            FeatureState::Missing => Health::Broken,
        },
        detail: feature.detail,
        hint: feature.hint,
    });
    checks.collect()
}

/// There are none here.
#[cfg(not(target_os = "linux"))]
fn native() -> Vec<Check> {
    Vec::new()
}

/// The daemon of the container backend and its image: needed where boxes cannot be native.
fn daemon() -> Vec<Check> {
    let lacking = if Backend::STANDARD == Backend::Container { Health::Broken } else { Health::Absent };
    let image = runtime::image(false);
    match container::look(&image) {
        Ok(found) => {
            let row = if found.has_image {
                Check::new("sandbox", "container image", Health::Ok, image)
            } else {
                let row = Check::new("sandbox", "container image", lacking, format!("there is no {image}"));
                Check { hint: found.hint, ..row }
            };
            vec![Check::new("sandbox", "container daemon", Health::Ok, found.engine), row]
        }
        Err(SandboxError::Refused(what)) => vec![Check::new("sandbox", "container daemon", lacking, what)],
        Err(SandboxError::Host { what, hint }) => {
            vec![Check { hint, ..Check::new("sandbox", "container daemon", lacking, what) }]
        }
    }
}

/// Which providers have a key. Nothing needs one until a model of theirs is named.
fn keys() -> impl Iterator<Item = Check> {
    envy_models::present(Path::new(".")).into_iter().map(|found| match found.set {
        Some(variable) => Check::new("keys", found.provider, Health::Ok, format!("in {variable}")),
        None => Check {
            hint: format!("set {} in the environment or in a .env file", found.variables.join(" or ")),
            ..Check::new("keys", found.provider, Health::Absent, "not set")
        },
    })
}

fn data(home: &Home) -> Check {
    let folder = home.data();
    let writable = std::fs::create_dir_all(folder).and_then(|()| tempfile::tempfile_in(folder));
    match writable {
        Ok(_) => Check::new("data", "folder", Health::Ok, folder.display().to_string()),
        Err(error) => Check::broken("data", "folder", &LabError::file("write", folder, &error)),
    }
}

fn store(home: &Home) -> Check {
    let path = home.store();
    if !path.exists() {
        return Check::new("data", "store", Health::Ok, "none yet; the first run makes it");
    }
    match Reader::open(&path).and_then(|reader| reader.runs()) {
        Ok(runs) => {
            Check::new("data", "store", Health::Ok, format!("{} runs in {}", runs.len(), path.display()))
        }
        Err(error) => Check::broken("data", "store", &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_container_daemon_is_told_of_and_no_breakage_where_boxes_are_native() {
        let rows = daemon();
        assert_eq!(rows[0].name, "container daemon");
        assert!(
            rows.iter().all(|row| row.health != Health::Broken || Backend::STANDARD == Backend::Container)
        );
        assert!(rows.iter().all(|row| row.health == Health::Ok || !row.hint.is_empty()), "{rows:?}");
    }

    #[test]
    fn the_data_folder_and_the_store_are_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path().join("home"));
        assert_eq!((data(&home).health, store(&home).health), (Health::Ok, Health::Ok));
        std::fs::write(home.store(), "no database, but long enough to be looked at as if it were one")
            .unwrap();
        assert_eq!(store(&home).health, Health::Broken);
        let blocked = Home::at(home.store().join("below-a-file"));
        let check = data(&blocked);
        assert_eq!(check.health, Health::Broken);
        assert!(!check.hint.is_empty());
    }
}
