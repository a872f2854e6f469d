//! `envy doctor`.

use envy_lab::Home;
use envy_lab::doctor::{Check, Health, examine};
use serde_json::json;

use crate::fail::Failure;
use crate::output;

/// Show what works here (sandbox, Python runtime, data) and how to mend the rest.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let checks = examine(&Home::discover()?);
    if args.json {
        output::json(&json!({"schema": "envy.doctor/1", "checks": checks}))?;
    } else {
        output::print(&text(&checks))?;
    }
    let broken = checks.iter().filter(|check| check.health == Health::Broken).count();
    match broken {
        0 => Ok(()),
        _ => Err(Failure::short(
            format!("{} do not work here", output::counted(broken, "thing")),
            "the lines above say how to mend each",
        )),
    }
}

fn text(checks: &[Check]) -> String {
    let mut rows = Vec::new();
    for check in checks {
        let health = match check.health {
            Health::Ok => "ok",
            Health::Absent => "absent",
            Health::Degraded => "degraded",
            Health::Broken => "BROKEN",
        };
        rows.push([check.area, &check.name, health, &check.detail].map(str::to_owned).to_vec());
        if check.health != Health::Ok && !check.hint.is_empty() {
            rows.push(["", "", "", &format!("hint: {}", check.hint)].map(str::to_owned).to_vec());
        }
    }
    output::table(&["area", "what", "state", "found"], rows, usize::MAX)
}
