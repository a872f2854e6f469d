//! From a fork of init to the agent's program: the last steps, in the one order in which they work.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd as _, OwnedFd};

use landlock::RulesetCreated;
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

use super::launcher::write_file;
use super::{Step as _, StepError, rules};
use crate::sys;
use crate::wire::{Reply, Start};

/// Characters of a path that are told if a program cannot be run.
const PATH_CHARS_MAX: usize = 200;

/// Descriptors of one process.
const OPEN_FILES_MAX: u64 = 1024;
/// Bytes that one process may lock in memory.
const LOCKED_BYTES_MAX: u64 = 64 << 10;
/// Signals waiting.
const SIGNALS_MAX: u64 = 256;
/// Address space beyond the memory limit: libraries reserve far more than they use.
const RESERVE_BYTES: u64 = 4 << 30;
/// The same without a cgroup, where address space is the only hard limit of a process.
const RESERVE_BYTES_UNCOUNTED: u64 = 256 << 20;

/// Processes beyond the limit where a cgroup counts them: its own limit has to be met first, since it keeps a tally.
/// Elsewhere there is one more, the init.
const COUNTED_MARGIN: u64 = 16;

/// Everything that a program finds in its environment, and nothing of the host's.
pub(super) const ENVIRONMENT: [&CStr; 15] = [
    c"PATH=/usr/bin",
    c"HOME=/work",
    c"USER=agent",
    c"SHELL=/bin/bash",
    c"TMPDIR=/tmp",
    c"LANG=C.UTF-8",
    c"TZ=UTC",
    // The same hash order in every run.
    c"PYTHONHASHSEED=0",
    // What a run leaves behind is its own work, not caches.
    c"PYTHONDONTWRITEBYTECODE=1",
    // One thread: the same sums on every machine, and no pool of idle threads against the limit.
    c"OMP_NUM_THREADS=1",
    c"OPENBLAS_NUM_THREADS=1",
    c"MKL_NUM_THREADS=1",
    c"LOKY_MAX_CPU_COUNT=1",
    // Arrow would start a background thread at import.
    c"JE_ARROW_MALLOC_CONF=background_thread:false",
    c"MPLBACKEND=Agg",
];

/// Where a program prints to.
pub(super) struct Streams {
    /// Its standard output.
    pub(super) stdout: OwnedFd,
    /// Its standard error.
    pub(super) stderr: OwnedFd,
    /// Where it takes orders from, as its descriptor 3.
    pub(super) orders: Option<OwnedFd>,
}

/// The descriptor at which a program finds its orders.
const ORDERS: i32 = 3;

/// Turns this process into the program. Comes back only with why it could not: the host's doing, or the command's.
pub(super) fn become_program(start: &Start, streams: &Streams, rules: RulesetCreated) -> Reply {
    if let Err(error) = rustix::process::chdir(start.cwd.as_str()) {
        return unrunnable(&start.cwd, error.raw_os_error());
    }
    match confine(start, streams, rules) {
        Ok((program, argv)) => run(&program, &argv),
        Err(error) => error.reply(),
    }
}

fn confine(
    start: &Start,
    streams: &Streams,
    rules: RulesetCreated,
) -> Result<(CString, Vec<CString>), StepError> {
    // 1. Streams first, so that whatever fails below is seen by whoever started the program. stdin is /dev/null.
    rustix::stdio::dup2_stdout(&streams.stdout).step("connect stdout")?;
    rustix::stdio::dup2_stderr(&streams.stderr).step("connect stderr")?;
    // 2. A session of its own: no terminal to reach, and the scheduler shares by session.
    rustix::process::setsid().step("start a session")?;
    // 3. If memory runs out, programs go first and their init last. An undumpable process may not write its own files;
    //    nobody else is in the box yet who could use the moment.
    set_dumpable_behavior(DumpableBehavior::Dumpable).step("own our /proc entries")?;
    write_file("/proc/self/oom_score_adj", "1000").step("go first when memory runs out")?;
    let (program, argv) = command(&start.argv)?;
    // 4. Limits, which need no privilege to be lowered and could never be raised again.
    set_limits(start).step("set limits")?;
    // 5. Landlock, which the init itself is not under: so a program cannot signal it. The seccomp filters, the empty
    //    capability sets and no_new_privs are the init's own and were inherited.
    rules::restrict(rules)?;
    // 6. Only 0, 1 and 2 go on, and what it is to take orders from.
    sys::unblock_child_signal();
    sys::close_on_execute(3).step("close descriptors")?;
    if let Some(orders) = &streams.orders {
        sys::place(orders.as_fd(), ORDERS).step("place its orders")?;
    }
    Ok((program, argv))
}

/// The program's path and its arguments as the kernel takes them.
fn command(argv: &[String]) -> Result<(CString, Vec<CString>), StepError> {
    let invalid = || StepError { step: "the command holds a zero byte".to_owned(), errno: libc::EINVAL };
    let argv = argv.iter().map(|text| CString::new(text.as_str())).collect::<Result<Vec<_>, _>>();
    let argv = argv.map_err(|_| invalid())?;
    let name = argv.first().ok_or_else(invalid)?;
    let program = if name.as_bytes().contains(&b'/') {
        name.clone()
    } else {
        let path = [crate::PATH.as_bytes(), b"/", name.as_bytes()].concat();
        CString::new(path).map_err(|_| invalid())?
    };
    Ok((program, argv))
}

fn run(program: &CStr, argv: &[CString]) -> Reply {
    let pointers: Vec<&CStr> = argv.iter().map(CString::as_c_str).collect();
    let error = sys::execute(program, &pointers, &ENVIRONMENT);
    unrunnable(&program.to_string_lossy(), error.raw_os_error().unwrap_or(0))
}

/// Bounded, so that it is one write into a pipe.
fn unrunnable(what: &str, errno: i32) -> Reply {
    Reply::Unrunnable { what: what.chars().take(PATH_CHARS_MAX).collect(), errno }
}

fn set_limits(start: &Start) -> rustix::io::Result<()> {
    for (_, resource, value) in program_limits(start) {
        setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) })?;
    }
    // Soft before hard, so that the signal says which limit it was.
    setrlimit(Resource::Cpu, Rlimit { current: Some(start.cpu_s), maximum: Some(start.cpu_s + 1) })
}

/// The limits of one program but that of its processor time: the name, the kernel's number for it, the value.
pub(crate) fn program_limits(start: &Start) -> [(&'static str, Resource, u64); 10] {
    let reserve = if start.watched { RESERVE_BYTES_UNCOUNTED } else { RESERVE_BYTES };
    let margin = if start.watched { 1 } else { COUNTED_MARGIN };
    [
        ("CORE", Resource::Core, 0),
        ("AS", Resource::As, start.memory_bytes.saturating_add(reserve)),
        ("NPROC", Resource::Nproc, u64::from(start.processes) + margin),
        ("NOFILE", Resource::Nofile, OPEN_FILES_MAX),
        ("FSIZE", Resource::Fsize, start.file_bytes),
        ("MEMLOCK", Resource::Memlock, LOCKED_BYTES_MAX),
        ("MSGQUEUE", Resource::Msgqueue, 0),
        ("SIGPENDING", Resource::Sigpending, SIGNALS_MAX),
        ("NICE", Resource::Nice, 0),
        ("RTPRIO", Resource::Rtprio, 0),
    ]
}
