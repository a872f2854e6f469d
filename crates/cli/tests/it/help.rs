//! The help is an interface: it is one text, and a change of it shows in review.

use std::fmt::Write as _;

use crate::scene::{Scene, package};

/// Every command, as written after `envy`.
const COMMANDS: &[&str] = &[
    "",
    "doctor",
    "build",
    "dataset",
    "dataset export",
    "dataset generate",
    "dataset list",
    "dataset show",
    "eval",
    "runs",
    "runs export",
    "runs compare",
    "runs list",
    "runs report",
    "runs show",
    "tune",
    "tune difficulty",
    "tune plan",
    "curriculum",
    "curriculum start",
    "curriculum next",
    "curriculum learn",
    "curriculum show",
    "grade",
    "verify",
    "serve",
    "mcp",
    "sandbox",
    "sandbox check",
    "sandbox exec",
    "sandbox python",
    "config",
    "config show",
];

/// `ENVY_BLESS=1 cargo test -p envy` writes the snapshot anew.
#[test]
fn the_help_is_as_reviewed() {
    let mut help = String::new();
    for command in COMMANDS {
        let told = Scene::new().run(&format!("{command} --help"));
        assert_eq!((told.code, told.stderr.as_str()), (Some(0), ""), "{command}");
        write!(help, "$ envy {command} --help\n{}\n", told.stdout).unwrap();
    }
    let snapshot = package().join("tests/it/help.txt");
    if std::env::var_os("ENVY_BLESS").is_some() {
        std::fs::write(&snapshot, &help).unwrap();
    }
    let reviewed = std::fs::read_to_string(snapshot).unwrap_or_default();
    assert!(reviewed == help, "the help changed; ENVY_BLESS=1 writes the snapshot anew:\n{help}");
}

#[test]
fn no_command_shows_the_commands() {
    let told = Scene::new().run("");
    assert_eq!(told.code, Some(2));
    assert!(told.stdout.is_empty() && told.stderr.contains("Commands:"), "{}", told.stderr);
    assert_eq!(Scene::new().run("--version").stdout, format!("envy {}\n", env!("CARGO_PKG_VERSION")));
}
