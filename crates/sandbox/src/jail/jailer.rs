//! The jailer: pid 1 of the namespaces that all boxes lie in. It makes boxes and does nothing else.

use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::net::RecvFlags;
use rustix::process::{
    DumpableBehavior, Pid, Signal, set_dumpable_behavior, set_parent_process_death_signal,
};
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};

use super::launcher::{ALL_NAMESPACES, write_file};
use super::root::{self, Trees};
use super::seccomp::Filters;
use super::{Step as _, StepError, init, zygote};
use crate::sys::{self, Forked, SingleThread};
use crate::wire::{self, Reply, Request};

/// The one user and group of a box, as it sees itself.
pub(super) const BOX_ID: u32 = 1000;

/// Runs the jailer until the supervisor is gone and gives its exit code.
pub(super) fn run(
    proof: SingleThread,
    socket: &OwnedFd,
    tree: &Path,
    trees: Option<Trees>,
    ids: Option<(u32, u32)>,
    accounted: bool,
) -> i32 {
    let filters = match settle(tree, trees, ids.is_some(), accounted) {
        Ok(filters) => filters,
        Err(error) => {
            let _ = wire::send(socket, &error.reply(), &[]);
            return 1;
        }
    };
    if wire::send(socket, &Reply::Ready, &[]).is_err() {
        return 1;
    }
    let mut buffer = vec![0; wire::PACKET_BYTES_MAX];
    // The end of the socket is the end of the supervisor. With this process its pid namespace dies, and so does
    // every box.
    while let Ok(Some((request, mut fds))) = wire::receive::<Request>(socket, &mut buffer, RecvFlags::empty())
    {
        let Some(control) = fds.pop() else { return 1 };
        let made = match request {
            Request::NewBox { id } => make_box(proof, &control, id, &filters),
            Request::NewZygote { preload } => zygote::start(proof, &control, &preload, &filters),
            _ => return 1,
        };
        let answered = match made {
            Ok(pidfd) => wire::send(socket, &Reply::Born, &[std::os::fd::AsFd::as_fd(&pidfd)]),
            Err(error) => wire::send(socket, &error.reply(), &[]),
        };
        if answered.is_err() {
            return 1;
        }
    }
    0
}

/// Becomes root of the new user namespace and moves into the boxes' root.
fn settle(tree: &Path, trees: Option<Trees>, ranged: bool, accounted: bool) -> Result<Filters, StepError> {
    // 1. Our ids first: mounts made from here on belong to them. An ordinary user may not drop its groups.
    if ranged {
        set_thread_groups(&[]).step("drop groups")?;
    }
    let (uid, gid) = (rustix::fs::Uid::ROOT, rustix::fs::Gid::ROOT);
    set_thread_res_gid(gid, gid, gid).step("become the namespace's group")?;
    set_thread_res_uid(uid, uid, uid).step("become the namespace's user")?;
    // 2. A change of ids clears the parent's death signal and makes us undumpable; the first must hold again, and an
    //    undumpable process could not write the id maps of the boxes.
    set_parent_process_death_signal(Some(Signal::KILL)).step("follow the launcher")?;
    set_dumpable_behavior(DumpableBehavior::Dumpable).step("own our /proc entries")?;
    // 3. Boxes that end are reaped by the kernel.
    sys::ignore_children(true);
    root::enter(tree, trees)?;
    Filters::compile(accounted)
}

/// Forks the init of a box into seven fresh namespaces and maps its one user.
fn make_box(
    proof: SingleThread,
    control: &OwnedFd,
    id: u32,
    filters: &Filters,
) -> Result<OwnedFd, StepError> {
    let (gate, open_gate) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).step("make a pipe")?;
    match sys::fork_into(proof, ALL_NAMESPACES).step("create a box's namespaces")? {
        Forked::Child => {
            drop(open_gate);
            let mut byte = [0];
            if rustix::io::read(&gate, &mut byte) != Ok(1) {
                sys::exit_now(1);
            }
            sys::exit_now(init::run(proof, control, filters))
        }
        Forked::Parent { pid, pidfd } => {
            map_box(pid, id)?;
            rustix::io::write(&open_gate, &[1]).step("open a box's gate")?;
            Ok(pidfd)
        }
    }
}

fn map_box(pid: Pid, id: u32) -> Result<(), StepError> {
    let folder = format!("/proc/{}", pid.as_raw_nonzero());
    let line = format!("{BOX_ID} {id} 1");
    write_file(&format!("{folder}/setgroups"), "deny").step("write a box's setgroups")?;
    write_file(&format!("{folder}/uid_map"), &line).step("write a box's uid map")?;
    write_file(&format!("{folder}/gid_map"), &line).step("write a box's gid map")
}
