//! Writes tasks whose fresh draw the gate never saw, for the whole ladder to be played on.
//!
//! ```text
//! nice cargo run --release -p envy-lab --example unseen_tasks -- FOLDER [TASKS]
//! nice cargo run --release -- eval --tasks-dir FOLDER/generated
//! ```
//!
//! Beside generated tasks there are tasks of the two tables that scikit-learn bundles, where its wheel is in the cache.

use std::path::Path;

use envy_core::{Environment, GenerateInput, Knobs, Salt, TaskSpec};
use envy_environments::cleaning::{Cleaning, ladder};
use envy_lab::dataset::{OwnTable, write};
use envy_lab::runtime::wheels;
use envy_lab::{Home, LabError};
use rayon::prelude::*;

/// Far from every other seed of this project, so that nothing was tuned on these tasks.
const FIRST_SEED: u64 = 910_000;

/// The bundled tables: a line of counts, no header, the target last.
const REAL: [&str; 2] = ["breast_cancer.csv", "wine_data.csv"];

type Failed = Box<dyn std::error::Error>;

fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let folder = Path::new(words.first().ok_or("the first word names a folder")?);
    let tasks: u64 = words.get(1).map_or(Ok(20), |word| word.parse())?;
    if folder.exists() {
        return Err(format!("{} is there already", folder.display()).into());
    }
    several(&folder.join("generated"), tasks, None)?;
    let home = Home::discover()?;
    for name in REAL {
        let member = format!("sklearn/datasets/data/{name}");
        let Some(bytes) = wheels::extract(home.cache(), "scikit-learn", &member)? else {
            return Err("the real tables need scikit-learn's wheel in the cache folder: `envy build`".into());
        };
        let file = folder.join(name);
        std::fs::write(&file, bytes)?;
        let table = OwnTable::read(&file, "-1", false, 1)?;
        several(&folder.join(name.trim_end_matches(".csv")), tasks, Some(&table))?;
    }
    Ok(())
}

fn several(folder: &Path, tasks: u64, table: Option<&OwnTable>) -> Result<(), Failed> {
    std::fs::create_dir_all(folder)?;
    let knobs = Knobs::resolve("cleaning", Cleaning.info().knobs, [])?;
    let written: Result<(), LabError> = (0..tasks).into_par_iter().try_for_each(|task| {
        let mut spec = TaskSpec::new("cleaning", FIRST_SEED + task, knobs.clone(), &Salt::public());
        spec.table = table.map(|table| table.source.clone());
        let bytes = table.map(|table| table.bytes.clone());
        let generated = ladder::unseen(&GenerateInput { spec, salt: Salt::public(), table: bytes })?;
        write(&generated, &folder.join(generated.task.id.as_str())).map(drop)
    });
    Ok(written?)
}
