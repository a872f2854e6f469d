//! Label functions that a model or the user writes: examined before they count, and kept with the task.

use crate::scene::Scene;
use crate::server::{Answers, FUNCTION, serve};

/// What the function fits to, on few rows.
const KNOBS: &str = "--num-cols 3 --used 1.0 --complexity 190 --num-rows 500 --domain payroll";

#[test]
fn a_model_writes_the_function_and_the_spec_makes_the_task_again_without_it() {
    let scene = Scene::new();
    let (first, again) = (scene.path("first"), scene.path("again"));
    let asked = format!("--dynamics llm --model test/author --base-url {}", serve(Answers::Writes));
    let made = scene.run(&format!("dataset generate {KNOBS} {asked} --out {} --json", first.display()));
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    assert!(made.stderr.contains("wrote a label function of 188 nodes in 4 replies"), "{}", made.stderr);
    let hidden = |folder: &std::path::Path| {
        std::fs::read_to_string(folder.join("hidden/dynamics.py")).expect("the function is kept")
    };
    assert!(hidden(&first).starts_with(FUNCTION.trim_end()) && hidden(&first).contains("# x2 = clip(("));
    let spec = scene.path("spec.json");
    let shown = scene.run(&format!("dataset show {} --json", first.display()));
    std::fs::write(&spec, shown.stdout).unwrap();
    let same = scene.run(&format!("dataset generate --spec {} --out {}", spec.display(), again.display()));
    assert_eq!(same.code, Some(0), "{}", same.stderr);
    for file in ["public/train.csv", "hidden/golden.csv", "hidden/dynamics.py", "hidden/val.csv"] {
        let read = |folder: &std::path::Path| std::fs::read(folder.join(file)).unwrap();
        assert_eq!(read(&first), read(&again), "{file}");
    }
}

#[test]
fn what_cannot_be_a_function_is_told_in_a_sentence() {
    let scene = Scene::new();
    let generate = format!("dataset generate {KNOBS}");
    let url = serve(Answers::Loops);
    scene.run(&format!("{generate} --dynamics llm --model test/author --base-url {url}")).fails(
        2,
        "may never end",
        "--dynamics FILE.py",
    );
    scene.run(&format!("{generate} --dynamics llm")).fails(2, "none is named", "--model provider/name");
    scene.run(&format!("{generate} --base-url {url}")).fails(2, "the function is drawn", "--dynamics llm");
    scene.run(&format!("{generate} --dynamics llm --model policy/null")).fails(
        2,
        "policy/null cannot write a label function",
        "provider/name",
    );
    let file = scene.path("flat.py");
    std::fs::write(&file, "def dynamics(row):\n    return row.x0\n").unwrap();
    scene.run(&format!("{generate} --dynamics {}", file.display())).fails(
        2,
        "never reads row.x1",
        "x0 to x2",
    );
    scene.run(&format!("{generate} --dynamics no-such.py")).fails(1, "cannot read no-such.py", "");
    scene.run("eval --model policy/null --knob dynamics=llm").fails(
        1,
        "is no label function",
        "dataset generate",
    );
}
