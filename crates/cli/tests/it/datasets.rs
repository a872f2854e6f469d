//! Datasets: generated, listed, shown, and never half-written.

use std::os::unix::fs::PermissionsExt as _;

use crate::scene::{Scene, Told};

#[test]
fn a_generated_task_is_listed_shown_and_found_again() {
    let scene = Scene::new();
    let made = scene.json("dataset generate --seed 3 --json");
    let id = made["tasks"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!((made["reused"].as_bool(), made["set"].is_null()), (Some(false), true));
    let listed = scene.json("dataset list --json");
    assert_eq!(listed["datasets"][0]["id"], id.as_str());
    let short = &id[..id.len() - 26];
    let shown = scene.json(&format!("dataset show {short} --json"));
    assert_eq!(shown["seed"], "3");
    let figures = shown["certificate"]["figures"].as_object().unwrap();
    assert!(
        figures.iter().any(|(name, value)| name.contains("headroom") && value.as_f64() > Some(0.0)),
        "{figures:?}"
    );
    assert!(shown["tables"][0]["columns"].as_array().unwrap().len() > 3);
    assert!(!shown["corruptions"].as_array().unwrap().is_empty());
    let text = scene.run(&format!("dataset show {short}")).stdout;
    for word in ["headroom", "certified", "train.csv", "corruption", "row_id"] {
        assert!(text.contains(word), "{word} is not in:\n{text}");
    }
    assert_eq!(scene.json("dataset generate --seed 3 --json")["reused"], true);
}

#[test]
fn the_public_half_names_neither_seed_nor_id_and_the_hidden_half_is_its_owners() {
    let scene = Scene::new();
    let seed = "1234567890123";
    let made = scene.json(&format!("dataset generate --seed {seed} --json"));
    let folder = scene.task();
    let mode = |below: &str| std::fs::metadata(folder.join(below)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("hidden"), mode("hidden/meta.json"), mode("hidden/golden.csv")), (0o700, 0o600, 0o600));
    let canary = std::fs::read_to_string(folder.join("hidden/canary.txt")).unwrap();
    let digits = made["tasks"][0]["id"].as_str().unwrap().rsplit('-').next().unwrap().to_owned();
    for path in scene.tree().iter().filter(|path| path.starts_with(folder.join("public")) && path.is_file()) {
        let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
        for secret in [seed, &canary, &digits] {
            assert!(!text.contains(secret), "{} holds {secret}", path.display());
        }
    }
    for file in [
        "public/train.csv",
        "public/schema.json",
        "public/README.md",
        "hidden/val.csv",
        "hidden/ledger.jsonl",
        "hidden/dynamics.py",
    ] {
        assert!(folder.join(file).is_file(), "{file}");
    }
}

#[test]
fn an_edited_dataset_is_refused_and_the_file_named() {
    let scene = Scene::with_task();
    let folder = scene.task();
    for file in ["public/train.csv", "hidden/golden.csv", "task.json"] {
        let before = std::fs::read_to_string(folder.join(file)).unwrap();
        std::fs::write(folder.join(file), before.replacen('1', "2", 1)).unwrap();
        scene.run("eval --model policy/null --num-runs 1").fails(1, file, "undo the edit");
        std::fs::write(folder.join(file), before).unwrap();
    }
    let told = scene.run(&format!("dataset generate --seed 9 --out {}", folder.display()));
    told.fails(2, "holds another dataset", "--out");
}

#[test]
fn a_full_disk_leaves_nothing_behind() {
    let scene = Scene::new();
    #[allow(clippy::disallowed_methods, reason = "a limit on file sizes can only be set for a process")]
    let told = std::process::Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 8; exec \"$0\" dataset generate"])
        .arg(env!("CARGO_BIN_EXE_envy"))
        .env("ENVY_HOME", scene.path("home"))
        .output()
        .unwrap();
    Told::from(told).fails(1, "cannot write", "nothing half-written was kept");
    let left: Vec<_> = scene.tree().into_iter().filter(|path| path.is_file()).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_spec_of_a_held_out_task_makes_it_again_with_its_salt_alone() {
    let scene = Scene::new();
    let salt = scene.file("salt", "a secret of sixteen bytes\n");
    let fast = "--num-rows 500 --model knn15";
    let made = scene.json(&format!("dataset generate --seed 4 {fast} --salt-file {salt} --json"));
    let id = made["tasks"][0]["id"].as_str().unwrap();
    let spec = scene.file("shown.json", &scene.run(&format!("dataset show {id} --json")).stdout);
    let again = |place: &str| format!("dataset generate --spec {spec} --out {}", scene.path(place).display());
    let refused = scene.run(&again("none"));
    refused.fails(2, "the spec needs the salt", "ENVY_SALT_FILE");
    assert!(
        refused.stderr.contains("and none was given") && !scene.path("none").exists(),
        "{}",
        refused.stderr
    );
    // The variable stands for the flag.
    let told = Told::from(scene.command(&again("copy")).env("ENVY_SALT_FILE", &salt).output().unwrap());
    assert_eq!(told.code, Some(0), "{}", told.stderr);
    let manifest = |folder: std::path::PathBuf| std::fs::read_to_string(folder.join("task.json")).unwrap();
    // The manifest holds the digest of every file, hidden ones included.
    assert_eq!(manifest(scene.path("copy")), manifest(scene.task()));
    scene.run(&format!("{} --num-rows 600", again("other"))).fails(2, "has every knob already", "");
    let edited = scene.file("edited.json", "{\"spec\": 3}");
    scene.run(&format!("dataset generate --spec {edited}")).fails(2, "holds no task spec", "dataset show");
}
