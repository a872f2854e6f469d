//! A box that is a whole container: for daemons whose containers may not make namespaces.
//!
//! What separates the box from everything else is the container: its namespaces, its mounts, its limits. In it the server
//! is the first process and this init the second; both are the container's root with four capabilities, by which the
//! programs, which are another user, can neither see into them nor stop them. A program is under the same Landlock rules,
//! seccomp filters and rlimits as in a box of its own namespaces, and has no capability.

use std::os::fd::OwnedFd;

use landlock::RulesetCreated;
use rustix::fs::{CWD, Mode, OFlags, openat};
use rustix::process::{
    DumpableBehavior, Signal, getppid, set_child_subreaper, set_dumpable_behavior,
    set_parent_process_death_signal,
};
use rustix::thread::{CapabilitySet, set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::init::{keep_capabilities, keep_only};
use super::seccomp::Filters;
use super::{Step as _, StepError, rules};
use crate::sys;

/// What the init keeps: to become the programs' user, and to kill what that user runs.
const KEPT: CapabilitySet = CapabilitySet::SETUID.union(CapabilitySet::SETGID).union(CapabilitySet::KILL);

/// What can be done before the limits are known.
///
/// # Errors
/// The server is not the first process: then this is no container of ours, and to kill everything would be to kill what
/// is not ours.
pub(super) fn settle(control: &OwnedFd, filters: &Filters) -> Result<OwnedFd, StepError> {
    if getppid().is_none_or(|parent| !parent.is_init()) {
        return Err(StepError { step: "be the only box of a container".to_owned(), errno: 0 });
    }
    set_parent_process_death_signal(Some(Signal::KILL)).step("follow the server")?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).step("become undumpable")?;
    // What programs leave behind comes to this process, as it would to the first of a pid namespace.
    set_child_subreaper(Some(rustix::process::getpid())).step("adopt orphans")?;
    sys::ignore_children(false);
    let children = sys::child_signal_fd().step("watch children")?;
    keep_only(control, &children)?;
    filters.install_first()?;
    Ok(children)
}

/// Gives up all but what it needs, and hands out the work directory, which the daemon has mounted with its quota.
pub(super) fn arm(filters: &Filters) -> Result<(OwnedFd, RulesetCreated), StepError> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let work = openat(CWD, crate::WORK_DIR, flags, Mode::empty()).step("open the work directory")?;
    let rules = rules::rules()?;
    keep_capabilities(KEPT)?;
    filters.install_rest()?;
    Ok((work, rules))
}

/// From a fork of the init to a process of the programs' user, without any capability.
pub(super) fn become_user(user: u32) -> Result<(), StepError> {
    let (uid, gid) = (rustix::fs::Uid::from_raw(user), rustix::fs::Gid::from_raw(user));
    set_thread_groups(&[]).step("drop groups")?;
    set_thread_res_gid(gid, gid, gid).step("become the programs' group")?;
    // The last of root's ids: the kernel takes every capability with it.
    set_thread_res_uid(uid, uid, uid).step("become the programs' user")
}
