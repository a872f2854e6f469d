//! Home: where envy keeps its things. Two folders: data (datasets, the store) and cache (the Python runtime).

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::LabError;
use crate::receipt::KEY_FILE;

/// Names the data folder.
pub const HOME_VARIABLE: &str = "ENVY_HOME";

/// Names the cache folder. It is a variable of its own because several homes can share what is built once.
pub const CACHE_VARIABLE: &str = "ENVY_CACHE_DIR";

/// The two folders. Nothing is created before it is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    data: PathBuf,
    cache: PathBuf,
}

impl Home {
    /// From the process's environment: `ENVY_HOME`, else `$XDG_DATA_HOME/envy`, else `~/.local/share/envy`;
    /// the cache is `ENVY_CACHE_DIR`, else `$XDG_CACHE_HOME/envy`, else `~/.cache/envy`, else `cache` in the data folder.
    ///
    /// # Errors
    /// None of the variables is set.
    pub fn discover() -> Result<Self, LabError> {
        Self::from_variables(|name| std::env::var_os(name))
    }

    /// A home whose data and cache both lie beneath `root`.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        let data = root.into();
        let cache = data.join("cache");
        Self { data, cache }
    }

    fn from_variables(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, LabError> {
        let absolute = |name: &str| {
            let path = variable(name).filter(|value| !value.is_empty()).map(PathBuf::from)?;
            std::path::absolute(path).ok()
        };
        let user = absolute("HOME");
        let under_user = |tail: &str| user.as_ref().map(|user| user.join(tail));
        let data = absolute(HOME_VARIABLE)
            .or_else(|| absolute("XDG_DATA_HOME").map(|path| path.join("envy")))
            .or_else(|| under_user(".local/share/envy"))
            .ok_or(LabError::NoHome)?;
        let cache = absolute(CACHE_VARIABLE)
            .or_else(|| absolute("XDG_CACHE_HOME").map(|path| path.join("envy")))
            .or_else(|| under_user(".cache/envy"))
            .unwrap_or_else(|| data.join("cache"));
        Ok(Self { data, cache })
    }

    /// The data folder.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The cache folder: all of it can be made again.
    pub fn cache(&self) -> &Path {
        &self.cache
    }

    /// The folder of the datasets.
    pub fn datasets(&self) -> PathBuf {
        self.data.join("datasets")
    }

    /// The file of the key that signs receipts.
    pub fn signing_key(&self) -> PathBuf {
        self.data.join(KEY_FILE)
    }

    /// The folder of the tasks that something was tuned on: not among the datasets, so that no evaluation takes them by
    /// itself.
    pub fn tuning_tasks(&self) -> PathBuf {
        self.data.join("calibration").join("tasks")
    }

    /// The file of the store.
    pub fn store(&self) -> PathBuf {
        self.data.join("runs.sqlite")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(variables: &[(&str, &str)]) -> Result<Home, LabError> {
        let find = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into());
        Home::from_variables(find)
    }

    #[test]
    fn the_own_variable_wins_over_xdg_and_the_user_folder() {
        let all = [("ENVY_HOME", "/e"), ("XDG_DATA_HOME", "/d"), ("HOME", "/h")];
        assert_eq!(home(&all).unwrap().data(), Path::new("/e"));
        assert_eq!(home(&all[1..]).unwrap().datasets(), Path::new("/d/envy/datasets"));
        assert_eq!(home(&all[2..]).unwrap().store(), Path::new("/h/.local/share/envy/runs.sqlite"));
        assert!(home(&[("ENVY_HOME", "")]).is_err());
    }

    #[test]
    fn homes_share_the_cache_of_the_user_unless_told_otherwise() {
        let all = [("ENVY_CACHE_DIR", "/c"), ("XDG_CACHE_HOME", "/x"), ("HOME", "/h"), ("ENVY_HOME", "/e")];
        assert_eq!(home(&all).unwrap().cache(), Path::new("/c"));
        assert_eq!(home(&all[1..]).unwrap().cache(), Path::new("/x/envy"));
        assert_eq!(home(&all[2..]).unwrap().cache(), Path::new("/h/.cache/envy"));
        assert_eq!(home(&all[3..]).unwrap(), Home::at("/e"));
    }
}
