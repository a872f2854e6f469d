//! Tables that people really have: those that scikit-learn bundles, as its wheel carries them.

use envy_core::{GenerateInput, Knobs, Salt, TaskSpec};
use envy_environments::cleaning::Cleaning;
use envy_environments::cleaning::ladder;

use super::order::OwnTable;
use crate::Home;
use crate::runtime::wheels;

#[expect(clippy::print_stderr, reason = "a test that cannot run has to say so")]
fn skip(needs: &str) {
    eprintln!("SKIPPED: needs {needs}");
}

/// A table of a distribution's kept wheel, read as `--no-header --skip-lines 1 --target -1` reads it.
fn bundled(name: &str) -> Option<OwnTable> {
    let home = Home::discover().expect("a cache folder");
    let member = format!("sklearn/datasets/data/{name}");
    let Some(bytes) = wheels::extract(home.cache(), "scikit-learn", &member).ok().flatten() else {
        skip("scikit-learn's wheel in the cache folder (`envy build`)");
        return None;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, bytes).unwrap();
    Some(OwnTable::read(&file, "-1", false, 1).unwrap())
}

fn input(table: &OwnTable) -> GenerateInput {
    let knobs = Knobs::resolve("cleaning", envy_core::Environment::info(&Cleaning).knobs, []).unwrap();
    let mut spec = TaskSpec::new("cleaning", 3, knobs, &Salt::public());
    spec.table = Some(table.source.clone());
    GenerateInput { spec, salt: Salt::public(), table: Some(table.bytes.clone()) }
}

#[test]
fn the_bundled_tables_of_scikit_learn_become_tasks_whose_ladder_holds() {
    for (name, features, classes) in [("breast_cancer.csv", 30, 2), ("wine_data.csv", 13, 3)] {
        let Some(table) = bundled(name) else { return };
        let task = ladder::unseen(&input(&table)).unwrap();
        let target = format!("x{features}: target of {classes} classes (0, 1");
        assert!(task.notes.iter().any(|note| note.starts_with(&target)), "{:?}", task.notes);
        assert!(task.notes.iter().any(|note| note.starts_with("x0: number from")), "{:?}", task.notes);
        let certificate = &task.task.certificate;
        assert!(certificate.certified || certificate.note.contains("graded on repair F1 and damage"));
        let rungs = ladder::climb(&task).unwrap();
        assert!(rungs["reference"].passed && rungs["reference"].reward > 0.9, "{name}: {rungs:?}");
        for lesser in ["identity", "lazy", "drop"] {
            assert!(!rungs[lesser].passed && rungs[lesser].reward < 0.6, "{name}, {lesser}: {rungs:?}");
        }
        assert_eq!(rungs["identity"].reward, 0.0);
    }
}
