//! Per operator and per column: what a returned table took back of each.

use super::*;

fn of<'a>(score: &'a Score, end: &str) -> Vec<(&'a str, f64)> {
    let named = |(name, value): (&'a String, &f64)| Some((name.strip_suffix(end)?, *value));
    score.metrics.iter().filter_map(named).collect()
}

#[test]
fn each_operators_work_is_counted_apart() {
    let task = shared();
    let golden = grade(task, any_program(), |job| {
        let name = if job.name.ends_with("given") { files::GOLDEN } else { files::FRESH[1] };
        Some(task.task.hidden.get(name).unwrap().to_vec())
    });
    let ledger = task.task.hidden.get(files::LEDGER).unwrap();
    let ledger = envy_tabular::Ledger::read(ledger).unwrap();
    let operators: std::collections::BTreeSet<&str> =
        ledger.events.iter().map(|event| event.operator.as_str()).collect();
    let found = of(&golden, "/repair_f1_given");
    assert_eq!(found.len(), operators.len(), "{found:?}");
    assert!(found.iter().all(|(_, value)| *value == 1.0), "{found:?}");
    let errors = of(&golden, "/error_given");
    assert!(!errors.is_empty() && errors.iter().all(|(_, error)| *error == 0.0), "{errors:?}");

    // One good cell is changed and nothing repaired: nobody's work is taken back, and the errors stay.
    let spoiled = grade(task, any_program(), |job| {
        let mut lines: Vec<String> =
            String::from_utf8(export(job).write()).unwrap().lines().map(str::to_owned).collect();
        let cells: Vec<&str> = lines[1].split(',').collect();
        lines[1] = [&cells[..cells.len() - 1], &["9"]].concat().join(",");
        Some((lines.join("\n") + "\n").into_bytes())
    });
    let found = of(&spoiled, "/repair_recall_given");
    assert_eq!(found.len(), operators.len());
    assert!(found.iter().all(|(_, value)| *value == 0.0), "{found:?}");
}
