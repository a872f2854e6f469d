//! Verdicts on fixed work: see `crate::verdicts`.

use super::*;
use crate::verdicts::{Case, hold, input};

/// What each case's program would leave of an export.
fn cleaned(case: &str, job: &Job) -> Option<Vec<u8>> {
    let task = shared();
    let sight = Sight::new(&task.task.brief).unwrap();
    let table = export(job);
    match case {
        "reference" | "after-probes" => Some(solve(&sight).apply(&table).unwrap().write()),
        "clipped" => Some(policies::clipped(&sight.fields, &table).write()),
        "dropped" => Some(policies::unsuspicious(&sight, &solve(&sight), &table).unwrap().write()),
        "half" => {
            let (right, width) = (solve(&sight).apply(&table).unwrap(), table.headers().len());
            let cell = |row: usize, column: usize| {
                if row.is_multiple_of(2) { right.cell(row, column) } else { table.cell(row, column) }
                    .to_owned()
            };
            let line = |row| (0..width).map(|column| cell(row, column)).collect();
            let rows = (0..table.rows().min(right.rows())).map(line).collect();
            Some(RawTable::new(table.headers().to_vec(), rows).unwrap().write())
        }
        "identity" => Some(table.write()),
        "noise" => Some(b"\xff\xfe not a table".to_vec()),
        _ => None,
    }
}

#[test]
fn verdicts_move_only_with_the_graders_version() {
    let names =
        ["reference", "after-probes", "half", "clipped", "dropped", "identity", "noise", "crash", "nothing"];
    let cases: Vec<Case> = names
        .into_iter()
        .map(|name| {
            let submission = if name == "nothing" { Submission::default() } else { any_program() };
            let mut input = input(submission);
            input.probes = if name == "after-probes" { 3 } else { 0 };
            Case::new(name, &shared().task, input, |input| driven(shared(), input, |job| cleaned(name, job)))
        })
        .collect();
    hold(&Cleaning, include_str!("verdicts.txt"), &cases);
}
