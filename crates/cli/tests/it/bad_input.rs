//! Bad input: one sentence, a hint, the right exit code, and nothing half-written.

use crate::scene::{Scene, Told};

#[test]
fn unknown_names_are_answered_with_the_nearest() {
    let scene = Scene::new();
    let cases = [
        ("dataset generate clening", "unknown environment \"clening\"", "did you mean \"cleaning\"?"),
        ("dataset generate --num-row 900", "unexpected argument '--num-row'", "--num-rows"),
        ("dataset generate --preset starterr", "unknown preset \"starterr\"", "envy"),
        ("eval --env clening", "unknown environment \"clening\"", "did you mean \"cleaning\"?"),
        (
            "eval --env cleaning --model policy/refrence",
            "no policy \"refrence\"",
            "did you mean \"reference\"?",
        ),
        ("eval --model openai/gpt-4o-mini", "needs a key", "OPENAI_API_KEY"),
        ("eval --model reference", "no provider is known", "policy/reference"),
        ("eval --preset starterr", "unknown preset \"starterr\"", "envy"),
        ("eval --max-step 3", "'--max-step'", "--max-steps"),
        ("evla", "evla", "eval"),
    ];
    for (words, what, hint) in cases {
        scene.run(words).fails(2, what, hint);
    }
    assert!(scene.tree().iter().all(|path| !path.ends_with("task.json")));
}

#[test]
fn values_out_of_range_say_what_is_taken() {
    let scene = Scene::new();
    scene.run("dataset generate --num-rows 3").fails(
        2,
        "knob \"num-rows\" is out of range: 3",
        "it takes a whole number from",
    );
    scene.run("dataset generate --num-rows many").fails(
        2,
        "knob \"num-rows\" cannot be \"many\"",
        "it takes a whole number from",
    );
    scene.run("dataset generate --count 0").fails(2, "a count of 0 tasks", "from 1 to");
    scene.run("dataset generate --seed -1").fails(2, "-1", "");
    scene.run("eval --max-steps 0").fails(2, "max-steps", "");
    scene.run("eval --sequential --concurrency 3").fails(2, "cannot be used with", "");
    scene.run("eval --resume last --count 3").fails(2, "--resume", "--concurrency");
}

#[test]
fn a_table_that_makes_no_task_says_why() {
    let scene = Scene::new();
    let rows = (0..400).map(|row| format!("{row},{},{}", row % 7, if row % 2 == 0 { "a" } else { "b" }));
    let good = rows.collect::<Vec<_>>().join("\n") + "\n";
    let table = scene.file("table.csv", &format!("x,z,y\n{good}"));
    let one_class = scene.file("one.csv", &format!("x,z,y\n{}", good.replace(",b\n", ",a\n")));
    let empty = scene.file("empty.csv", "x,z,y\n");
    let ragged = scene.file("ragged.csv", &format!("x,z,y\n{good}1,2\n"));
    std::fs::File::create(scene.path("large.csv")).unwrap().set_len(2 << 30).unwrap();
    let large = scene.path("large.csv").display().to_string();
    for (words, what) in [
        (format!("--table {table} --target label"), "label"),
        (format!("--table {table} --target 7"), "7"),
        (format!("--table {one_class} --target y"), "class"),
        (format!("--table {empty} --target y"), "row"),
        (format!("--table {ragged} --target y"), "402"),
        (format!("--table {large} --target y"), "2048 MB"),
        (format!("--table {table}.none --target y"), "cannot read"),
    ] {
        let told = scene.run(&format!("dataset generate {words}"));
        assert!(matches!(told.code, Some(1 | 2)), "{words}: {:?} {}", told.code, told.stderr);
        told.fails(told.code.unwrap_or_default(), what, "");
        assert!(told.stderr.contains("hint: "), "{}", told.stderr);
    }
    scene.run(&format!("dataset generate --table {table}")).fails(2, "--target", "");
    assert_eq!(scene.run("dataset list --json").stdout.matches("\"id\"").count(), 0);
    assert!(scene.tree().iter().all(|path| !path.ends_with("task.json")));
}

#[test]
fn what_is_not_there_says_how_to_get_it() {
    let scene = Scene::new();
    scene.run("runs show last").fails(2, "there is no run yet", "envy eval");
    scene.run("dataset show cleaning-3f9a2c").fails(2, "unknown dataset", "dataset generate");
    scene.run("eval --model policy/null").fails(2, "there is no dataset yet", "dataset generate");
    scene.run("eval --resume last").fails(2, "there is no run yet", "envy eval");
    scene.run("grade --task nowhere --submission .").fails(2, "unknown dataset", "");
    scene.run("verify last").fails(2, "there is no run yet", "envy eval");
    assert_eq!(scene.run("dataset list").code, Some(0));
    assert_eq!(scene.json("runs list --json")["runs"], serde_json::json!([]));
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_left_alone() {
    let scene = Scene::new();
    std::fs::create_dir_all(scene.path("home")).unwrap();
    // What SQLite writes at offset 60 is the version of the tables.
    let mut page = vec![0_u8; 4_096];
    page[..16].copy_from_slice(b"SQLite format 3\0");
    page[16..24].copy_from_slice(&[0x10, 0, 1, 1, 0, 64, 32, 32]);
    page[28..32].copy_from_slice(&1_u32.to_be_bytes());
    page[44..48].copy_from_slice(&4_u32.to_be_bytes());
    page[56..64].copy_from_slice(&[0, 0, 0, 1, 0, 0, 0, 99]);
    page[100..108].copy_from_slice(&[13, 0, 0, 0, 0, 0x10, 0, 0]);
    let store = scene.path("home/runs.sqlite");
    std::fs::write(&store, &page).unwrap();
    for words in ["runs list", "runs show last", "eval --env cleaning --count 1"] {
        scene.run(words).fails(1, "was written by a newer envy (format 99", "newer envy");
    }
    assert_eq!(std::fs::read(&store).unwrap(), page);
    std::fs::write(&store, "no database at all, but long enough to be taken for one at first sight").unwrap();
    scene.run("runs list").fails(1, "runs.sqlite", "move it away");
}

#[test]
fn a_home_that_cannot_be_written_says_so() {
    let scene = Scene::new();
    let blocker = scene.file("blocker", "a file");
    let told = Told::from(
        scene.command("dataset generate").env("ENVY_HOME", format!("{blocker}/home")).output().unwrap(),
    );
    told.fails(1, "cannot", "");
    let told = Told::from(
        scene
            .command("dataset list")
            .env_remove("ENVY_HOME")
            .env_remove("HOME")
            .env_remove("XDG_DATA_HOME")
            .output()
            .unwrap(),
    );
    told.fails(1, "no folder to keep data in", "ENVY_HOME");
}
