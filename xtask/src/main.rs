//! The project's own chores: `cargo xtask ci | tidy | new | bench`.

mod bench;
mod ci;
mod new;
mod shell;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  ci                    everything that must hold before a change lands: format, lints, tidy, licences, tests
  tidy                  the house rules that no compiler checks
  new KIND NAME         a new file of KIND from a template, wired into its list
                        (kinds: corruption, policy, tool, command)
  bench [NAME...]       measure, side by side where there is a peer; without a name, list the benchmarks
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["ci"] => ci::run(),
        ["tidy"] => tidy::run(),
        ["new", kind, name] => new::run(kind, name),
        ["bench", names @ ..] => bench::run(names),
        _ => {
            shell::say(USAGE);
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::say(&format!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
