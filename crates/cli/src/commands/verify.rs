//! `envy verify`.

use std::path::{Path, PathBuf};

use envy_core::Record;
use envy_lab::dataset::TaskRef;
use envy_lab::grade::{Verified, verify};
use envy_lab::store::Reader;
use serde_json::json;

use crate::fail::Failure;
use crate::output;
use crate::session::Session;

/// Compute verdicts again from the stored box outputs, bit for bit, without running anything.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A run (all its episodes), RUN/EPISODE, or a file that `envy runs show --episode --json` printed.
    #[arg(value_name = "RECORD")]
    record: String,
    /// The folder of the record's task, if it is not where the run found it.
    #[arg(long, value_name = "DIR")]
    task: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// A record and where its task lies.
struct Case {
    name: String,
    record: Record,
    task: TaskRef,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let session = Session::start()?;
    let (mut lines, mut different) = (Vec::new(), 0);
    for case in cases(&session, args)? {
        let environment = session.registry.environment(&case.task.manifest().environment)?;
        let (word, detail) = match verify(environment, &case.task, &case.record)? {
            Verified::Same => ("same", String::new()),
            Verified::Void(fault) => ("void", fault.detail),
            Verified::Different(score) => {
                different += 1;
                ("different", format!("computed again: reward {}, passed {}", score.reward, score.passed))
            }
        };
        lines.push((case.name, word, detail));
    }
    if args.json {
        let rows = lines
            .iter()
            .map(|(name, word, detail)| json!({"record": name, "verdict": word, "detail": detail}));
        output::json(&json!({"schema": "envy.verified/1", "records": rows.collect::<Vec<_>>()}))?;
    } else {
        for (name, word, detail) in &lines {
            output::line(format!("{name}: {word}{}{detail}", if detail.is_empty() { "" } else { ", " }))?;
        }
    }
    match different {
        0 => Ok(()),
        _ => Err(Failure::short(
            format!("{} cannot be computed again", output::counted(different, "verdict")),
            "the record was edited, or it was graded by another build",
        )),
    }
}

fn cases(session: &Session, args: &Args) -> Result<Vec<Case>, Failure> {
    let given = args.task.as_deref().map(TaskRef::open).transpose()?;
    let file = Path::new(&args.record);
    if file.is_file() {
        let text = std::fs::read(file).map_err(|error| Failure::io("read the record", &error))?;
        let record: Record = serde_json::from_slice(&text).map_err(|error| {
            Failure::usage(
                format!("{} is no record ({error})", file.display()),
                "`envy runs show RUN --episode N --json` prints one",
            )
        })?;
        let task = match given {
            Some(task) => task,
            None => session.library().find(record.task.as_str())?.remove(0),
        };
        return Ok(vec![Case { name: args.record.clone(), record, task }]);
    }
    let reader = Reader::open(&session.home.store())?;
    let (written, episode) = match args.record.split_once('/') {
        Some((run, number)) => {
            let number = number.parse::<u32>().map_err(|_| {
                Failure::usage(format!("\"{number}\" is no episode's number"), "write RUN/N, such as last/0")
            })?;
            (run, Some(number))
        }
        None => (args.record.as_str(), None),
    };
    let run = reader.find(written)?;
    let plan = reader.plan(&run)?;
    let numbers: Vec<u32> = match episode {
        Some(number) => vec![number],
        None => reader.tallies(&run)?.iter().map(|tally| tally.number).collect(),
    };
    let mut cases = Vec::new();
    for number in numbers {
        let record = reader.record(&run, number)?.record;
        let planned = plan.tasks.iter().find(|planned| planned.id == record.task);
        let task = match (&given, planned) {
            (Some(task), _) => task.clone(),
            (None, Some(planned)) => TaskRef::open(&planned.folder)?,
            (None, None) => session.library().find(record.task.as_str())?.remove(0),
        };
        cases.push(Case { name: format!("{run}/{number}"), record, task });
    }
    Ok(cases)
}
