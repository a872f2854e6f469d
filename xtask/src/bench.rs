//! Benchmarks: ratios measured side by side in one run, medians quoted. Nothing here decides pass or fail.

use anyhow::{Result, bail};

use crate::shell;

/// A benchmark: name, one sentence, and the example binary that it runs.
struct Bench {
    name: &'static str,
    doc: &'static str,
    package: &'static str,
    example: &'static str,
}

const ALL: &[Bench] = &[
    Bench {
        name: "episode",
        doc: "CPU per null episode that starts no Python; memory of 200 episodes at once",
        package: "envy-rollout",
        example: "episode_cost",
    },
    Bench {
        name: "forest",
        doc: "our forest beside scikit-learn's, fit and predict, one thread",
        package: "envy-learn",
        example: "forest_bench",
    },
    Bench {
        name: "ladder",
        doc: "gate yield, CPU per emitted task, and each policy's recovery on a draw that the gate never saw",
        package: "envy-environments",
        example: "ladder_bench",
    },
    Bench {
        name: "loop",
        doc: "the agent loop over HTTP with its records: CPU an episode, 2,000 waiting episodes, every tenth call failing",
        package: "envy-lab",
        example: "loop_cost",
    },
    Bench {
        name: "sandbox",
        doc: "from request to the first line of user code, and a box's whole life",
        package: "envy-sandbox",
        example: "box_bench",
    },
    Bench {
        name: "tables",
        doc: "cells a second of drawing, writing, reading and inferring a table of every domain",
        package: "envy-tabular",
        example: "table_bench",
    },
];

/// Runs the named benchmarks, or lists all. Words after a name's `--` would be ambiguous, so there are none.
pub(crate) fn run(names: &[&str]) -> Result<()> {
    if names.is_empty() {
        for bench in ALL {
            shell::say(&format!("{:10} {}", bench.name, bench.doc));
        }
        return Ok(());
    }
    for name in names {
        let Some(bench) = ALL.iter().find(|bench| bench.name == *name) else {
            let known: Vec<&str> = ALL.iter().map(|bench| bench.name).collect();
            bail!("no benchmark \"{name}\"; known: {}", known.join(", "));
        };
        let example = ["run", "--release", "--quiet", "--package", bench.package, "--example", bench.example];
        shell::run("cargo", &example)?;
    }
    Ok(())
}
