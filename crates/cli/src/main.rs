//! Command line of envy: parses, calls the lab, prints. One file for each command in `commands`.

mod alone;
mod commands;
mod difficulty;
mod dynamics;
mod fail;
mod knobs;
mod output;
mod progress;
#[cfg(feature = "serve")]
mod serve;
mod session;
mod table;
mod transcript;
mod watch;

use std::process::ExitCode;

use clap::error::ErrorKind;
use fail::{Code, Failure};

fn main() -> ExitCode {
    own_up_to_bugs();
    let outcome = std::panic::catch_unwind(run);
    match outcome {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(failure)) => {
            tell(&failure);
            ExitCode::from(failure.code as u8)
        }
        Err(_told_by_the_hook) => ExitCode::from(Code::Bug as u8),
    }
}

fn run() -> Result<(), Failure> {
    let matches = match commands::command_line().try_get_matches() {
        Ok(matches) => matches,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            return output::print(&error.render().to_string());
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            output::note(error.render().to_string());
            return Err(Failure::usage("no command was given", "the list above shows the commands"));
        }
        Err(error) => return Err(error.into()),
    };
    commands::run(&matches)
}

/// Says what happened and what to do.
fn tell(failure: &Failure) {
    output::note(format!("{} {}", output::styled("error:", "1;31"), failure.message));
    if !failure.hint.is_empty() {
        output::note(format!("{} {}", output::styled("hint:", "1;36"), failure.hint));
    }
}

/// A panic is a bug of ours and says so in one sentence.
fn own_up_to_bugs() {
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let said = payload.downcast_ref::<&str>().copied();
        let said =
            said.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line()));
        tell(&Failure {
            code: Code::Bug,
            message: format!("a bug in envy{}: {said}", place.unwrap_or_default()),
            hint: "please report it with the command line that led here".to_owned(),
        });
    }));
}
