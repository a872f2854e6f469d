//! Order: what a user wants generated, complete and checked, before anything is generated.

use std::fs;
use std::path::{Path, PathBuf};

use envy_core::seed::PUBLIC_SALT;
use envy_core::{Digest, Environment, Knobs, Salt, Seed, TableSource, TaskId, TaskSpec};

use crate::error::LabError;
use crate::registry::{self, Registry, SALT_VARIABLE};

/// The schema of the specs that this envy reads.
const SPEC_SCHEMA: &str = "envy.task-spec/1";

/// The largest own table, bytes.
pub(super) const TABLE_BYTES_MAX: u64 = 256 << 20;

/// The most tasks of one order.
pub(super) const COUNT_MAX: usize = 100_000;

/// What is to be generated.
pub struct Order {
    /// The kind of task.
    pub environment: &'static dyn Environment,
    /// Every knob.
    pub knobs: Knobs,
    /// The user's seed. One task takes it as it is; the tasks of a set take seeds derived from it.
    pub seed: u64,
    /// How many tasks; more than one make a set.
    pub count: usize,
    /// The salt.
    pub salt: Salt,
    /// The user's own table, if the tasks are made from one.
    pub table: Option<OwnTable>,
    /// Where the folder goes, if not among the datasets.
    pub place: Option<PathBuf>,
}

/// A user's own table.
pub struct OwnTable {
    /// What the spec says of it.
    pub source: TableSource,
    /// The file's content.
    pub bytes: Vec<u8>,
}

impl OwnTable {
    /// Reads a table's file.
    ///
    /// # Errors
    /// It cannot be read, or is larger than [`TABLE_BYTES_MAX`].
    pub fn read(file: &Path, target: &str, header: bool, skip_lines: usize) -> Result<Self, LabError> {
        let failed = |error: std::io::Error| LabError::file("read", file, &error);
        let metadata = fs::metadata(file).map_err(failed)?;
        if metadata.is_dir() {
            return Err(LabError::usage(
                format!("{} is a folder, not a table", file.display()),
                "name one CSV file",
            ));
        }
        if metadata.len() > TABLE_BYTES_MAX {
            return Err(LabError::usage(
                format!(
                    "{} has {} MB, an own table may have {} MB",
                    file.display(),
                    metadata.len() >> 20,
                    TABLE_BYTES_MAX >> 20
                ),
                "take a sample of its rows; 50,000 rows are plenty",
            ));
        }
        let bytes = fs::read(file).map_err(failed)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let digest = Digest::of(&bytes);
        let target = target.to_owned();
        let source = TableSource { digest, name, target, header, skip_lines, time: None, group: None };
        Ok(Self { source, bytes })
    }
}

impl OwnTable {
    /// The same with the columns that say when a row was recorded and whom it belongs to.
    #[must_use]
    pub fn with_roles(mut self, time: Option<String>, group: Option<String>) -> Self {
        (self.source.time, self.source.group) = (time, group);
        self
    }
}

impl Order {
    /// The order of the one task that a spec describes, under its salt and from its own table.
    ///
    /// # Errors
    /// The spec is of another envy, the salt or the table is not the one that it names, or a knob has no such value.
    pub fn of_spec(
        registry: &Registry,
        spec: &TaskSpec,
        salt: Salt,
        table: Option<OwnTable>,
    ) -> Result<Self, LabError> {
        if spec.schema != SPEC_SCHEMA {
            return Err(LabError::usage(
                format!("the spec has the schema \"{}\", this envy reads \"{SPEC_SCHEMA}\"", spec.schema),
                "`envy dataset show ID --json` prints a task's spec as `spec`",
            ));
        }
        if spec.salt != salt.id() {
            let held = if salt.id() == PUBLIC_SALT { "none" } else { salt.id() };
            return Err(LabError::usage(
                format!("the spec needs the salt {}, and {held} was given", spec.salt),
                format!(
                    "--salt-file FILE or {SALT_VARIABLE} names the file of its secret; nobody can do without"
                ),
            ));
        }
        if spec.table.as_ref().map(|table| &table.digest) != table.as_ref().map(|table| &table.source.digest)
        {
            return Err(LabError::usage(
                match &spec.table {
                    Some(named) => format!("the spec is of the table {}, which was not given", named.name),
                    None => "the spec is of no table, and one was given".to_owned(),
                },
                "--table names the same file as at first, or none",
            ));
        }
        let environment = registry.environment(&spec.environment)?;
        let settings: Vec<(String, String)> =
            spec.knobs.iter().map(|(name, value)| (name.to_owned(), value.to_string())).collect();
        let knobs = registry::knobs(environment, None, &settings)?;
        // The rest of what is said of the table (its target and the like) is the spec's.
        let table =
            table.map(|table| OwnTable { source: spec.table.clone().unwrap_or(table.source), ..table });
        Ok(Self { environment, knobs, seed: spec.seed, count: 1, salt, table, place: None })
    }

    /// The spec of the order's task, or of task `index` of its set: the seed of each is a child of the user's,
    /// so that sets of neighbouring seeds share nothing.
    pub(crate) fn spec(&self, index: usize) -> TaskSpec {
        let name = self.environment.info().name;
        let seed = if self.count == 1 {
            self.seed
        } else {
            let set = Seed::root(&self.salt, name, self.seed);
            set.derive(&format!("set/task/{index}")).rng().next_u64()
        };
        let mut spec = TaskSpec::new(name, seed, self.knobs.clone(), &self.salt);
        spec.table = self.table.as_ref().map(|table| table.source.clone());
        spec
    }

    /// The id of what a spec of this order generates.
    pub(crate) fn task_id(&self, spec: &TaskSpec) -> TaskId {
        TaskId::of(spec, self.environment.info().version, &self.salt)
    }

    /// The name of the set: the same order names the same set.
    pub(crate) fn set_id(&self) -> String {
        let info = self.environment.info();
        let mut spec = TaskSpec::new(info.name, self.seed, self.knobs.clone(), &self.salt);
        spec.table = self.table.as_ref().map(|table| table.source.clone());
        let id = TaskId::of(&spec, &format!("{}/set/{}", info.version, self.count), &self.salt);
        let digits = id.as_str().rsplit('-').next().unwrap_or_default();
        format!("{}-set-{}", info.name, &digits[..SET_DIGITS])
    }
}

/// Hexadecimal digits of a set's name: sets are few and local.
const SET_DIGITS: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn neighbouring_sets_share_no_seed_and_a_longer_set_begins_alike() {
        let seeds = |seed, count| -> Vec<u64> {
            let order = testing::order(seed, count);
            (0..count).map(|index| order.spec(index).seed).collect()
        };
        let mut all: Vec<u64> = (0..20).flat_map(|seed| seeds(seed, 50)).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 20 * 50);
        assert_eq!(
            seeds(3, 10),
            seeds(3, 5).into_iter().chain(seeds(3, 10).split_off(5)).collect::<Vec<_>>()
        );
        assert_eq!(testing::order(3, 1).spec(0).seed, 3);
    }

    #[test]
    fn a_set_is_named_by_its_order() {
        let id = |seed, count| testing::order(seed, count).set_id();
        assert_eq!(id(1, 5), id(1, 5));
        assert_ne!(id(1, 5), id(1, 6));
        assert_ne!(id(1, 5), id(2, 5));
    }

    #[test]
    fn a_table_of_two_gigabytes_is_refused_before_it_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.csv");
        fs::File::create(&path).unwrap().set_len(2 << 30).unwrap();
        let error = OwnTable::read(&path, "y", true, 0).map(|_| ()).unwrap_err();
        assert!(error.to_string().ends_with("has 2048 MB, an own table may have 256 MB"), "{error}");
        assert!(OwnTable::read(folder.path(), "y", true, 0).is_err());
        assert!(OwnTable::read(&folder.path().join("none.csv"), "y", true, 0).is_err());
    }

    #[test]
    fn the_same_spec_and_salt_give_the_same_task_and_without_the_salt_the_spec_is_refused() {
        let registry = Registry::of(&[&testing::Guess]);
        let salt = Salt::private(b"a secret of sixteen bytes").unwrap();
        let order = Order { salt: salt.clone(), ..testing::order(7, 1) };
        let spec: TaskSpec = serde_json::from_str(&serde_json::to_string(&order.spec(0)).unwrap()).unwrap();
        let again = Order::of_spec(&registry, &spec, salt.clone(), None).unwrap();
        assert_eq!(again.task_id(&again.spec(0)), order.task_id(&order.spec(0)));
        let error = Order::of_spec(&registry, &spec, Salt::public(), None).err().unwrap();
        assert_eq!(error.to_string(), format!("the spec needs the salt {}, and none was given", salt.id()));
        assert!(error.hint().contains("ENVY_SALT_FILE"), "{}", error.hint());
        let other = Salt::private(b"another secret of enough bytes").unwrap();
        let error = Order::of_spec(&registry, &spec, other.clone(), None).err().unwrap();
        assert!(error.to_string().ends_with(&format!("and {} was given", other.id())));
        let newer = TaskSpec { schema: "envy.task-spec/2".to_owned(), ..spec };
        assert!(Order::of_spec(&registry, &newer, salt, None).err().unwrap().to_string().contains("schema"));
    }
}
