//! The project's own chores: `cargo xtask ci | tidy | new | conformance | container | targets | static | bench`.

mod agent;
mod bench;
mod ci;
mod conformance;
mod container;
mod new;
mod python;
mod real_model;
mod shell;
mod static_build;
mod targets;
mod tidy;
mod wire;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  ci                    everything that must hold before a change lands: format, lints, tidy, licences, tests
  tidy                  the house rules that no compiler checks
  new KIND NAME         a new file of KIND from a template, wired into its list
                        (kinds: command, corruption, environment, export, mutator, policy, provider, tool)
  wire                  our requests and test replies against the types of the providers' Python packages
  real-model            a small real model plays an episode through the text protocol (downloads 150 MB once)
  conformance           servers and formats against the packages that own them, installed into the cache by their pins
  agent                 a real agent from npm plays an episode over MCP, its model a script (downloads 360 MB once)
  container             the suite of boxes in containers of Docker and Podman, and the Dockerfile (installs both, as root)
  targets               the workspace type-checked for macOS and for Linux on aarch64
  static                a static envy, which grades exported tasks in any image
  bench [NAME...]       measure, side by side where there is a peer; without a name, list the benchmarks
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["ci"] => ci::run(),
        ["tidy"] => tidy::run(),
        ["agent"] => agent::run(),
        ["container"] => container::run(),
        ["targets"] => targets::run(),
        ["conformance"] => conformance::run(),
        ["static"] => static_build::run(),
        ["new", kind, name] => new::run(kind, name),
        ["wire"] => wire::run(),
        ["real-model"] => real_model::run(),
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
