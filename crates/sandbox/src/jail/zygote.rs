//! Starts the zygote: an interpreter in the jail that has done its imports and forks itself into boxes.
//!
//! The program itself is `zygote.py`; here it gets its namespaces, its environment, the numbers of the system calls and
//! the half of the filter that its children install last.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd as _, OwnedFd};

use rustix::mount::{MountFlags, mount};
use rustix::process::{Signal, set_parent_process_death_signal};

use super::confine::ENVIRONMENT;
use super::seccomp::Filters;
use super::{Step as _, StepError};
use crate::sys::{self, Forked, SingleThread};

/// The descriptor at which the zygote finds its socket.
const CONTROL: i32 = 3;

/// The numbers of zygotes in the jail: high, so that no child in a box has the same one and a library that tells a fork by
/// its number is not fooled.
const ZYGOTE_PIDS: std::ops::Range<i32> = 20_000..20_064;

/// The program of a live session: the zygote's children run it, or an interpreter of its own.
pub(crate) const SESSION: &str = include_str!("session.py");

/// Starts it and gives its process descriptor; it reports over its socket when its imports are done.
pub(super) fn start(
    proof: SingleThread,
    control: &OwnedFd,
    preload: &[String],
    filters: &Filters,
) -> Result<OwnedFd, StepError> {
    // Private mounts for what imports write, private namespaces for what they might open.
    let namespaces = (libc::CLONE_NEWNS | libc::CLONE_NEWNET | libc::CLONE_NEWIPC) as u64;
    // An older zygote that still has children, or is on its way out, has its number.
    let mut forked = Err(std::io::Error::from_raw_os_error(libc::EEXIST));
    for pid in ZYGOTE_PIDS {
        forked = sys::fork_as(proof, namespaces, pid);
        if !matches!(&forked, Err(error) if error.raw_os_error() == Some(libc::EEXIST)) {
            break;
        }
    }
    match forked.step("fork the zygote")? {
        Forked::Child => {
            let _ = become_zygote(control, preload, filters);
            sys::exit_now(1)
        }
        Forked::Parent { pidfd, .. } => Ok(pidfd),
    }
}

fn become_zygote(control: &OwnedFd, preload: &[String], filters: &Filters) -> Result<(), StepError> {
    set_parent_process_death_signal(Some(Signal::KILL)).step("follow the jailer")?;
    sys::ignore_children(false);
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    for place in ["/tmp", "/dev/shm"] {
        mount("zygote", place, "tmpfs", flags, c"size=16m,mode=1777").step("mount the zygote's folders")?;
    }
    // The socket goes to its number, everything else stays here.
    sys::close_on_execute(3).step("close descriptors")?;
    sys::place(control.as_fd(), CONTROL).step("place the zygote's socket")?;
    let names: Vec<String> = preload.iter().map(|name| format!("{name:?}")).collect();
    let source = format!(
        "PRELOAD = [{}]\nSECCOMP, CAPSET, RESTRICT_SELF = {}, {}, {}\n{SESSION}\n{}",
        names.join(", "),
        libc::SYS_seccomp,
        libc::SYS_capset,
        libc::SYS_landlock_restrict_self,
        include_str!("zygote.py"),
    );
    let [first, second] = filters.rest_as_hex();
    let argv: Vec<CString> = ["python3", "-c", &source, &first, &second]
        .into_iter()
        .map(CString::new)
        .collect::<Result<_, _>>()
        .step("write the zygote's command")?;
    let pointers: Vec<&CStr> = argv.iter().map(CString::as_c_str).collect();
    filters.install_first()?;
    let error = sys::execute(c"/usr/bin/python3", &pointers, &ENVIRONMENT);
    Err(error).step("execute python3")
}
