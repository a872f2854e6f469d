//! Benchmarks: ratios measured side by side in one run, medians quoted. Nothing here decides pass or fail.

use anyhow::{Result, bail};

use crate::shell;

/// A benchmark: name, one sentence, and the example binary that it runs.
struct Bench {
    name: &'static str,
    doc: &'static str,
    package: &'static str,
    example: &'static str,
    /// What the example is told.
    words: &'static [&'static str],
    /// What is run after it, by envy itself: words between single spaces.
    then: &'static [&'static str],
}

/// Where the tasks of the ladder's benchmark lie while it runs.
const LADDER: &str = "target/ladder";

const ALL: &[Bench] = &[
    Bench {
        name: "corners",
        doc: "cleaning's gate yield at every corner of the original's knobs, and what stands in where a forest loses too little",
        package: "envy-environments",
        example: "gate_bench",
        words: &["2", "corners"],
        then: &[],
    },
    Bench {
        name: "diagnosis",
        doc: "in boxes, 300 tasks: admission of each mechanism, points of every policy; takes an hour, goes on where it stopped",
        package: "envy-lab",
        example: "diagnosis_bench",
        words: &["5", "target/diagnosis-bench.jsonl"],
        then: &[],
    },
    Bench {
        name: "episode",
        doc: "CPU per null episode that starts no Python; memory of 200 episodes at once",
        package: "envy-rollout",
        example: "episode_cost",
        words: &[],
        then: &[],
    },
    Bench {
        name: "exports",
        doc: "every export of a run of 10,000 episodes: seconds, peak memory, time to read one sample",
        package: "envy",
        example: "export_bench",
        words: &[],
        then: &[],
    },
    Bench {
        name: "forest",
        doc: "our forest beside scikit-learn's, fit and predict, one thread",
        package: "envy-learn",
        example: "forest_bench",
        words: &[],
        then: &[],
    },
    Bench {
        name: "gate",
        doc: "gate yield and CPU per emitted task, at the defaults and for each knob",
        package: "envy-environments",
        example: "gate_bench",
        words: &[],
        then: &[],
    },
    Bench {
        name: "ladder",
        doc: "what every policy and cheat earns on draws that the gate never saw, generated and of two real tables",
        package: "envy-lab",
        example: "unseen_tasks",
        words: &[LADDER],
        then: &[
            "eval --tasks-dir target/ladder/generated",
            "eval --tasks-dir target/ladder/breast_cancer",
            "eval --tasks-dir target/ladder/wine_data",
        ],
    },
    Bench {
        name: "leakage",
        doc: "what each policy of leakage comes to on 100 tasks of every preset, without boxes; takes some minutes",
        package: "envy-environments",
        example: "leakage_bench",
        words: &[],
        then: &[],
    },
    Bench {
        name: "levels",
        doc: "cleaning's levels: what those come to who can do one thing, or overlook some; takes a few minutes",
        package: "envy-lab",
        example: "level_bench",
        words: &["12"],
        then: &[],
    },
    Bench {
        name: "models",
        doc: "the agent loop over HTTP with its records: CPU an episode, 2,000 waiting episodes, every tenth call failing",
        package: "envy-lab",
        example: "loop_cost",
        words: &[],
        then: &[],
    },
    Bench {
        name: "parse",
        doc: "CPython's standard library parsed and its nodes counted, beside CPython's own ast",
        package: "envy-pycode",
        example: "parse_bench",
        words: &[],
        then: &[],
    },
    Bench {
        name: "reading",
        doc: "the page of a run of 1,000 and 10,000 episodes, the list of a store of 200,000 records: time, size, memory",
        package: "envy",
        example: "reading_bench",
        words: &[],
        then: &[],
    },
    Bench {
        name: "oracle",
        doc: "what an attacker gains who climbs on the answers of eval_model, with 1 to 20 calls; takes a minute or two",
        package: "envy-environments",
        example: "oracle_leak",
        words: &[],
        then: &[],
    },
    Bench {
        name: "receipts",
        doc: "CPU of sealing a record with its receipt, records verified a second at every depth",
        package: "envy-lab",
        example: "receipt_bench",
        words: &[],
        then: &[],
    },
    Bench {
        name: "remains",
        doc: "10,000 boxes, killed interpreters and supervisors, and what is left of them: nothing",
        package: "envy-sandbox",
        example: "box_remains",
        words: &[],
        then: &[],
    },
    Bench {
        name: "sandbox",
        doc: "latencies, processor time of a call, whole lives, snapshots, 1,000 boxes at once",
        package: "envy-sandbox",
        example: "box_bench",
        words: &[],
        then: &[],
    },
    Bench {
        name: "search",
        doc: "how often a search for a difficulty ends in the band, in simulated worlds",
        package: "envy-lab",
        example: "search_bench",
        words: &[],
        then: &[],
    },
    Bench {
        name: "serve",
        doc: "steps a second over the socket at 1 to 1,000 sessions, memory of an idle one, beside OpenEnv's own server",
        package: "envy",
        example: "serve_bench",
        words: &[],
        then: &[],
    },
    Bench {
        name: "tables",
        doc: "cells a second of drawing, writing, reading and inferring a table of every domain",
        package: "envy-tabular",
        example: "table_bench",
        words: &[],
        then: &[],
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
        if bench.package == "envy" {
            // This one meets the program as its users do.
            shell::run("cargo", &["build", "--release", "--quiet", "--package", "envy"])?;
        }
        let example = ["run", "--release", "--quiet", "--package", bench.package, "--example", bench.example];
        let words: Vec<&str> = example.into_iter().chain(["--"]).chain(bench.words.iter().copied()).collect();
        shell::run("cargo", &words)?;
        for then in bench.then {
            let envy = ["run", "--release", "--quiet", "--package", "envy", "--"];
            shell::run("cargo", &envy.into_iter().chain(then.split(' ')).collect::<Vec<_>>())?;
        }
    }
    Ok(())
}
