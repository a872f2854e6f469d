//! The commands, one file each: its arguments, whose doc comments are the help, and what it does.

mod audit;
mod build;
mod config;
mod curriculum;
mod dataset;
mod doctor;
mod eval;
mod grade;
mod judge;
mod key;
#[cfg(feature = "serve")]
mod mcp;
mod runs;
mod sandbox;
#[cfg(feature = "serve")]
mod serve;
mod task_files;
mod tune;
mod verify;

use clap::{ArgMatches, Command, CommandFactory as _, FromArgMatches as _, Parser};

use crate::fail::Failure;
use crate::session;

/// Width of help texts, columns: the same on every terminal, so that the help is one text.
const HELP_WIDTH: usize = 100;

/// Reinforcement-learning environments in which LLM agents do machine-learning engineering.
///
/// With no arguments at all, `envy eval` generates a few tasks, runs the scripted policies on them and prints what each
/// earns.
#[derive(Debug, Parser)]
#[command(name = "envy", version, subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = "Data goes to stdout, everything else to stderr.\n\
    Exit codes: 0 ok, 1 failed or fell short, 2 bad command line, 3 a bug in envy.\n\
    ENVY_HOME is where datasets and runs lie, ENVY_CACHE_DIR where the Python runtime does; ENVY_SALT_FILE names the file\n\
    of a secret that every generation mixes in.")]
struct CommandLine {
    /// What agent code runs in: boxes of this Linux, or the same in a container of Docker or Podman. The standard is
    /// `native` on Linux and `container` elsewhere.
    #[arg(long, value_name = "BACKEND", global = true, env = "ENVY_SANDBOX", value_parser = session::BACKENDS)]
    #[arg(hide_short_help = true, hide_env_values = true)]
    sandbox: Option<String>,
    #[command(subcommand)]
    command: Chosen,
}

#[derive(Debug, clap::Subcommand)]
enum Chosen {
    Doctor(doctor::Args),
    Build(build::Args),
    Dataset(dataset::Args),
    Eval(Box<eval::Args>),
    Runs(runs::Args),
    Tune(tune::Args),
    Judge(judge::Args),
    Curriculum(curriculum::Args),
    Grade(grade::Args),
    Audit(audit::Args),
    Verify(verify::Args),
    Key(key::Args),
    #[cfg(feature = "serve")]
    Serve(serve::Args),
    #[cfg(feature = "serve")]
    Mcp(mcp::Args),
    Sandbox(sandbox::Args),
    Config(config::Args),
}

/// The template of new files, compiled where they would lie.
#[cfg(test)]
#[path = "../../../../xtask/templates/command.rs"]
mod template_name;
#[cfg(test)]
const _: fn(&template_name::Args) -> Result<(), Failure> = template_name::run;

/// The whole command line, for parsing and for help.
pub(crate) fn command_line() -> Command {
    CommandLine::command().term_width(HELP_WIDTH)
}

/// Runs the command that was given.
pub(crate) fn run(matches: &ArgMatches) -> Result<(), Failure> {
    let chosen = CommandLine::from_arg_matches(matches)?;
    chosen.sandbox.as_deref().into_iter().for_each(session::choose_backend);
    match chosen.command {
        Chosen::Doctor(args) => doctor::run(&args),
        Chosen::Build(args) => build::run(&args),
        Chosen::Dataset(args) => dataset::run(args),
        Chosen::Eval(args) => eval::run(&args),
        Chosen::Runs(args) => runs::run(&args),
        Chosen::Tune(args) => tune::run(&args),
        Chosen::Judge(args) => judge::run(&args),
        Chosen::Curriculum(args) => curriculum::run(&args),
        Chosen::Grade(args) => grade::run(&args),
        Chosen::Audit(args) => audit::run(&args),
        Chosen::Verify(args) => verify::run(&args),
        Chosen::Key(args) => key::run(&args),
        #[cfg(feature = "serve")]
        Chosen::Serve(args) => serve::run(&args),
        #[cfg(feature = "serve")]
        Chosen::Mcp(args) => mcp::run(&args),
        Chosen::Sandbox(args) => sandbox::run(args),
        Chosen::Config(args) => config::run(&args),
    }
}
