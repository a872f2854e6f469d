//! The way into the jailer: this very executable, started again, turns into it before `main` runs.
//!
//! A function in `.init_array` sees whether the process was started as the jailer. So every program that links this
//! crate (the command line, each test binary) can start one without a helper file on disk and without a line in its
//! `main`. If the linker ever dropped the function, the program would see an unknown argument and the handshake would
//! fail: never a box without a jail.

#![expect(unsafe_code, reason = "placing a function pointer in `.init_array` is an unsafe attribute")]

use std::ffi::c_int;

use crate::sys;

/// The jailer's `argv[0]`.
pub(crate) const NAME: &str = "envy-jailer";
/// The jailer's only argument; no test harness and no command line accepts it.
pub(crate) const ARGUMENT: &str = "--turn-into-the-jailer";

#[used]
// SAFETY: the section holds pointers to functions that the C library calls in turn before `main`; extra arguments
// that it may pass are ignored by the C calling convention.
#[unsafe(link_section = ".init_array")]
static ENTRY: extern "C" fn() = enter;

extern "C" fn enter() {
    if inside() {
        let code = std::panic::catch_unwind(super::launcher::run).unwrap_or(PANICKED);
        sys::exit_now(code);
    }
}

/// Exit code of a jailer that hit a bug.
const PANICKED: c_int = 3;

/// Whether this process was started as the jailer.
pub(crate) fn inside() -> bool {
    // The first check costs nothing and is false in every ordinary process.
    sys::executed_path().is_some_and(|path| path.to_bytes() == b"/proc/self/exe")
        && std::fs::read("/proc/self/cmdline")
            .is_ok_and(|line| line == format!("{NAME}\0{ARGUMENT}\0").into_bytes())
}
