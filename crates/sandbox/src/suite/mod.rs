//! The escape and limits suite: what every backend must pass, whatever it is made of.
//!
//! Each case opens boxes of its own, tries to break a promise from inside, and reports. Probes are Python, so that they
//! run in any box whose runtime has it; the judgement is made out here, from how a run ended and what it left. A case
//! that a box cannot run says what it needs; nothing is passed over in silence.

mod numbers;
mod probe;
mod scene;
mod sessions;

use envy_core::{BoxFuture, Sandbox};

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The promise held.
    Passed,
    /// It did not; what was seen.
    Failed(String),
    /// The case could not be run; what it needs.
    Skipped(String),
}

/// One case's report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// The case's stable name.
    pub name: &'static str,
    /// The promise that it proves, a line of `docs/SPEC.md`.
    pub spec_line: &'static str,
    /// What became of it.
    pub outcome: Outcome,
}

/// The promises of a box.
mod promise {
    pub(super) const NETWORK: &str = "A box reaches no network and no socket of the host.";
    pub(super) const FILES: &str = "A box sees nothing of the host but the runtime, read-only.";
    pub(super) const KERNEL: &str = "A box cannot use the calls by which boxes are left.";
    pub(super) const PRIVILEGE: &str = "A box has no privilege and cannot gain one.";
    pub(super) const PROCESSES: &str = "A box cannot see, stop or outlive processes that are not its own.";
    pub(super) const LIMITS: &str =
        "Time, memory, processes, disk and output are limited, and the limit is named.";
    pub(super) const OUTPUTS: &str = "What a box leaves is read as data: regular files, no links, capped.";
    pub(super) const WORK: &str = "Ordinary work runs in a box as it would outside.";
}

/// How a case is run.
enum Check {
    /// A probe inside one box that prints `PASS`.
    Probe(&'static str),
    /// A scene of several steps, judged from outside.
    Scene(Scene),
}

type Scene = for<'a> fn(&'a dyn Sandbox) -> BoxFuture<'a, Result<(), scene::Trouble>>;

struct Case {
    name: &'static str,
    spec_line: &'static str,
    check: Check,
}

const fn probe(name: &'static str, spec_line: &'static str, source: &'static str) -> Case {
    Case { name, spec_line, check: Check::Probe(source) }
}

const fn scene(name: &'static str, spec_line: &'static str, scene: Scene) -> Case {
    Case { name, spec_line, check: Check::Scene(scene) }
}

/// Every case, by promise.
const ALL: &[Case] = &[
    scene("tcp-loopback", promise::NETWORK, scene::tcp_loopback),
    scene("abstract-socket", promise::NETWORK, scene::abstract_socket),
    probe("socket-families", promise::NETWORK, include_str!("probes/socket_families.py")),
    probe("host-files", promise::FILES, include_str!("probes/host_files.py")),
    probe("devices", promise::FILES, include_str!("probes/devices.py")),
    probe("kernel-files", promise::FILES, include_str!("probes/kernel_files.py")),
    probe("read-only-runtime", promise::FILES, include_str!("probes/read_only_runtime.py")),
    probe("environment", promise::FILES, include_str!("probes/environment.py")),
    probe("descriptors", promise::FILES, include_str!("probes/descriptors.py")),
    probe("terminal", promise::FILES, include_str!("probes/terminal.py")),
    probe("namespaces", promise::KERNEL, include_str!("probes/namespaces.py")),
    probe("io-uring", promise::KERNEL, include_str!("probes/io_uring.py")),
    probe("refused-calls", promise::KERNEL, include_str!("probes/refused_calls.py")),
    probe("other-doors", promise::KERNEL, include_str!("probes/other_doors.py")),
    probe("other-processes", promise::KERNEL, include_str!("probes/other_processes.py")),
    probe("privileges", promise::PRIVILEGE, include_str!("probes/privileges.py")),
    probe("raise-limits", promise::PRIVILEGE, include_str!("probes/raise_limits.py")),
    probe("init-is-closed", promise::PROCESSES, include_str!("probes/init_is_closed.py")),
    probe("signals", promise::PROCESSES, include_str!("probes/signals.py")),
    scene("two-boxes", promise::PROCESSES, scene::two_boxes),
    scene("daemon", promise::PROCESSES, scene::daemon),
    scene("held-pipe", promise::PROCESSES, scene::held_pipe),
    scene("fork-bomb", promise::LIMITS, scene::fork_bomb),
    scene("process-limit", promise::LIMITS, scene::process_limit),
    probe("thread-bomb", promise::LIMITS, include_str!("probes/thread_bomb.py")),
    scene("memory-bomb", promise::LIMITS, scene::memory_bomb),
    scene("memory-tree", promise::LIMITS, scene::memory_tree),
    scene("memory-files", promise::LIMITS, scene::memory_files),
    probe("kernel-memory", promise::LIMITS, include_str!("probes/kernel_memory.py")),
    probe("disk", promise::LIMITS, include_str!("probes/disk.py")),
    scene("disk-limit", promise::LIMITS, scene::disk_limit),
    scene("endless-output", promise::LIMITS, scene::endless_output),
    scene("long-output", promise::LIMITS, scene::long_output),
    scene("stubborn", promise::LIMITS, scene::stubborn),
    scene("stopped", promise::LIMITS, scene::stopped),
    scene("closed-streams", promise::LIMITS, scene::closed_streams),
    scene("watches", promise::LIMITS, scene::watches),
    scene("live-session", promise::WORK, sessions::live_session),
    scene("session-descriptor", promise::OUTPUTS, sessions::session_descriptor),
    scene("session-limits", promise::LIMITS, sessions::session_limits),
    scene("core-dump", promise::LIMITS, scene::core_dump),
    scene("binary-output", promise::OUTPUTS, scene::binary_output),
    scene("links-as-outputs", promise::OUTPUTS, scene::links_as_outputs),
    scene("oddities-as-outputs", promise::OUTPUTS, scene::oddities_as_outputs),
    scene("paths", promise::OUTPUTS, scene::paths),
    scene("forged-replies", promise::OUTPUTS, scene::forged_replies),
    probe("ordinary-work", promise::WORK, include_str!("probes/ordinary_work.py")),
    scene("programs-that-cannot-run", promise::WORK, scene::programs_that_cannot_run),
    scene("files-persist", promise::WORK, scene::files_persist),
];

/// Runs every case against a backend, one after another.
pub async fn run(sandbox: &dyn Sandbox) -> Vec<CaseResult> {
    let mut results = Vec::with_capacity(ALL.len());
    for case in ALL {
        let outcome = match &case.check {
            Check::Probe(source) => probe::run(sandbox, source, &[]).await,
            Check::Scene(scene) => scene(sandbox).await,
        };
        let outcome = match outcome {
            Ok(()) => Outcome::Passed,
            Err(scene::Trouble::Failed(what)) => Outcome::Failed(what),
            Err(scene::Trouble::Needs(what)) => Outcome::Skipped(what),
        };
        results.push(CaseResult { name: case.name, spec_line: case.spec_line, outcome });
    }
    results
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_has_a_name_of_its_own() {
        let mut names: Vec<&str> = ALL.iter().map(|case| case.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}
