//! Imports of what no work here needs: the network, other interpreters, processes, clocks that lie.

use envy_core::FlagKind;
use envy_pycode::Kind;

use super::Findings;
use super::view::View;

/// Modules by what they reach, and why that is told.
const MODULES: &[(FlagKind, &[&str], &str)] = &[
    (
        FlagKind::Network,
        &[
            "socket",
            "ssl",
            "http",
            "urllib.request",
            "urllib3",
            "requests",
            "aiohttp",
            "httpx",
            "ftplib",
            "smtplib",
            "telnetlib",
            "xmlrpc",
            "socketserver",
            "paramiko",
            "websocket",
            "websockets",
        ],
        "reaches for the network",
    ),
    (FlagKind::Reflection, &["ctypes", "cffi", "gc", "_ctypes"], "reaches into the interpreter"),
    (FlagKind::Clock, &["freezegun", "libfaketime", "time_machine"], "changes the clock"),
    (FlagKind::Payload, &["dill", "cloudpickle", "marshal", "shelve"], "carries code as data"),
    (FlagKind::Sabotage, &["pty", "resource", "ptrace"], "reaches for processes and limits"),
];

/// Modules that a test may use, and submitted code has no use for.
const PROCESSES: &[&str] = &["subprocess", "multiprocessing"];

/// Our own name: nothing of it is in a box.
const OURS: &str = "envy";

pub(super) fn look(view: &View<'_>, found: &mut Findings) {
    for alias in view.of_kind(Kind::Alias) {
        let Some(name) = view.module.name(alias) else { continue };
        let from = view.module.node(alias).parent().filter(|id| view.kind(*id) == Kind::ImportFrom);
        let path = match from.and_then(|from| view.module.name(from)) {
            Some(from) => format!("{from}.{name}"),
            None => name.to_owned(),
        };
        named(view, &path, view.span(alias), found);
    }
    for (call, path) in view.calls() {
        if path == "importlib.import_module" || path == "__import__" {
            let named_text = view.arguments(call).next().and_then(|argument| view.text(argument));
            if let Some(text) = named_text {
                named(view, text, view.span(call), found);
            } else {
                let what = "imports a module whose name is worked out when it runs";
                found.add(FlagKind::Reflection, view.span(call), what);
            }
        }
    }
}

fn named(view: &View<'_>, path: &str, span: envy_pycode::Span, found: &mut Findings) {
    let is =
        |module: &str| path == module || path.strip_prefix(module).is_some_and(|rest| rest.starts_with('.'));
    for (kind, modules, why) in MODULES {
        if let Some(module) = modules.iter().find(|module| is(module)) {
            found.add(*kind, span.clone(), format!("imports {module}, which {why}"));
        }
    }
    if view.is_submitted() && PROCESSES.iter().any(|module| is(module)) {
        found.add(FlagKind::OutsideInputs, span.clone(), format!("imports {path}, which starts programs"));
    }
    if path == OURS || path.starts_with("envy.") || path.starts_with("envy_") {
        found.add(FlagKind::HiddenData, span, "imports the harness");
    }
}

#[cfg(test)]
mod tests {
    use super::super::Role;
    use super::super::tests::{found, found_as};
    use envy_core::FlagKind::{HiddenData, Network, OutsideInputs, Reflection};

    #[test]
    fn what_no_work_needs_is_told_wherever_it_is_imported() {
        assert_eq!(found("import socket as s\n"), [(Network, 1)]);
        assert_eq!(found("def f():\n    from urllib.request import urlopen\n"), [(Network, 2)]);
        assert_eq!(found("__import__('http.client')\n"), [(Network, 1)]);
        assert_eq!(found("import importlib\nimportlib.import_module(x)\n"), [(Reflection, 2)]);
        assert_eq!(found("import ctypes\n"), [(Reflection, 1)]);
        assert_eq!(found("import envy_rl\n"), [(HiddenData, 1)]);
    }

    #[test]
    fn harmless_neighbours_are_not() {
        assert_eq!(found("import urllib.parse\nimport socketless\nimport time, inspect, pickle\n"), []);
    }

    #[test]
    fn a_test_may_start_the_program_and_submitted_code_may_not() {
        assert_eq!(found("import subprocess\n"), [(OutsideInputs, 1)]);
        assert_eq!(found_as("import subprocess\n", Role::Scratch), []);
    }
}
