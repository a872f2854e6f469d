//! The launcher: the part of the jail that stays outside, as the user who started it.
//!
//! It does the three things that cannot be done from inside: as root it opens the runtime (which may lie where the
//! boxes' ids cannot go), it writes the jailer's id maps, and when everything is over it removes the cgroups.

use std::fs;
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

use rustix::net::RecvFlags;
use rustix::process::{Pid, Signal, WaitOptions, set_parent_process_death_signal, waitpid};

use super::root::Trees;
use super::{Step as _, StepError, init, jailer};
use crate::sys::{self, Forked, SingleThread};
use crate::wire::{self, Request};

/// Every kind of namespace: nothing is shared with the host.
pub(super) const ALL_NAMESPACES: u64 = (libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP) as u64;

/// How often the removal of a cgroup is tried; it stays busy until its last process is gone.
const REMOVAL_ATTEMPTS: u32 = 200;
const REMOVAL_PAUSE: Duration = Duration::from_millis(10);

/// Runs the launcher to its end and gives its exit code.
pub(super) fn run() -> i32 {
    let Ok(socket) = sys::take_stdin() else { return 1 };
    let mut buffer = vec![0; wire::PACKET_BYTES_MAX];
    let Ok(Some((request, _))) = wire::receive::<Request>(&socket, &mut buffer, RecvFlags::empty()) else {
        return 1;
    };
    let (tree, ids, leftovers, accounted) = match request {
        Request::Launch { tree, ids, leftovers, accounted } => (tree, ids, leftovers, accounted),
        Request::Plain { user } => return init::run_plain(&socket, user),
        _ => return 1,
    };
    match launch(&socket, &tree, ids, accounted) {
        Ok(jailer) => {
            // From here on the socket is the jailer's: it must end when the jailer does.
            drop(socket);
            let _ = rustix::io::retry_on_intr(|| waitpid(Some(jailer), WaitOptions::empty()));
            for folder in &leftovers {
                remove_groups(Path::new(folder));
            }
            0
        }
        Err(error) => {
            let _ = wire::send(&socket, &error.reply(), &[]);
            1
        }
    }
}

fn launch(socket: &OwnedFd, tree: &str, ids: Option<(u32, u32)>, accounted: bool) -> Result<Pid, StepError> {
    let proof = SingleThread::check().step("start the jailer")?;
    // 1. As root the runtime is opened while we may still look into any folder; an ordinary user's jailer keeps the
    //    user's id outside and opens it itself, since only there it may clone mounts.
    let trees = if ids.is_some() { Some(Trees::open(Path::new(tree))?) } else { None };
    // 2. The jailer must not act before its ids are mapped: it waits at this pipe.
    let (gate, open_gate) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).step("make a pipe")?;
    match sys::fork_into(proof, ALL_NAMESPACES).step("create a user namespace")? {
        Forked::Child => {
            drop(open_gate);
            // The parent is single-threaded, so this follows the process and not one of its threads.
            let _ = set_parent_process_death_signal(Some(Signal::KILL));
            let mut byte = [0];
            if rustix::io::read(&gate, &mut byte) != Ok(1) {
                sys::exit_now(1);
            }
            drop(gate);
            sys::exit_now(jailer::run(proof, socket, Path::new(tree), trees, ids, accounted))
        }
        Forked::Parent { pid, .. } => {
            // 3. Only the parent may map a range. An ordinary user maps its own id alone.
            map_ids(pid, ids)?;
            rustix::io::write(&open_gate, &[1]).step("open the gate")?;
            Ok(pid)
        }
    }
}

fn map_ids(pid: Pid, ids: Option<(u32, u32)>) -> Result<(), StepError> {
    let folder = format!("/proc/{}", pid.as_raw_nonzero());
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    if ids.is_none() {
        // Without this an ordinary user may not map its group.
        write_file(&format!("{folder}/setgroups"), "deny").step("write setgroups")?;
    }
    let line = |own: u32| match ids {
        Some((first, count)) => format!("0 {first} {count}"),
        None => format!("0 {own} 1"),
    };
    write_file(&format!("{folder}/uid_map"), &line(uid)).step("write the uid map")?;
    write_file(&format!("{folder}/gid_map"), &line(gid)).step("write the gid map")
}

/// Writes a kernel file in one call, as its parser wants it.
pub(super) fn write_file(path: &str, text: &str) -> std::io::Result<()> {
    fs::OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes())
}

/// Removes a cgroup and those below it, once they are empty.
fn remove_groups(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_groups(&entry.path());
        }
    }
    for _ in 0..REMOVAL_ATTEMPTS {
        match fs::remove_dir(folder) {
            Err(error) if error.kind() == std::io::ErrorKind::ResourceBusy => {
                std::thread::sleep(REMOVAL_PAUSE);
            }
            _ => return,
        }
    }
}
