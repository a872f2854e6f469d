//! The tracks of cleaning on one task, in real boxes: a model from the menu, and one of the agent's own.

use crate::scene::{Scene, boxes_work, row};

#[test]
fn a_model_of_ones_own_counts_where_it_is_asked_for() {
    if !boxes_work() {
        return;
    }
    let scene = Scene::with_task();
    let eval = |model: &str, track: &str| {
        let words =
            format!("eval --dataset cleaning --model policy/{model} --num-runs 1 --json --track {track}");
        row(&scene.json(&words), &format!("policy/{model}")).clone()
    };
    for track in ["choose", "free"] {
        let own = eval("own-model", track);
        assert_eq!((&own["passed"], &own["voids"]), (&1.into(), &0.into()), "{track}: {own}");
    }
    // Without a model there is nothing to score on `free`, however well the table was repaired.
    let none = eval("reference", "free");
    assert_eq!((&none["passed"], &none["reward_mean"]), (&0.into(), &0.0.into()), "{none}");
    let seen = scene.run("runs show last --episode 0").stdout;
    assert!(seen.contains("there is no model.py"), "{seen}");
}

#[test]
fn a_track_that_is_none_and_slow_work_without_a_model_are_refused() {
    let scene = Scene::with_task();
    let eval = |words: &str| scene.run(&format!("eval --dataset cleaning --model policy/null {words}"));
    eval("--track fast").fails(2, "cleaning has no track \"fast\"", "fixed, choose, free");
    eval("--slow").fails(2, "nothing is trained on the track \"fixed\" of cleaning", "--track free");
    let task = scene.task();
    let folder = scene.path("empty");
    std::fs::create_dir(&folder).unwrap();
    let grade = format!("grade --task {} --submission {} --track fast", task.display(), folder.display());
    scene.run(&grade).fails(2, "no track \"fast\"", "fixed, choose, free");
}
