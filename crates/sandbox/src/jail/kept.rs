//! What an init kills at the end of a run: everything, or everything but a live session and what that has started.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, wait};

use crate::sys;

/// Rounds of killing all but the session. A tree that forks faster than it is found costs the session its life.
const ROUNDS_MAX: u32 = 50;

/// Between rounds, for the kernel to carry them out.
const ROUND_PAUSE: Duration = Duration::from_millis(1);

/// How a process ended: its exit code, or minus the signal.
pub(super) fn status_of(status: WaitStatus) -> i32 {
    let signal = status.terminating_signal().map(|signal| -signal);
    signal.or(status.exit_status()).unwrap_or_default()
}

/// Kills all that is not `kept` or started by it, and gives how many there were; with nothing to keep, simply all.
pub(super) fn kill_others(kept: Option<Pid>) -> usize {
    let Some(kept) = kept else {
        sys::kill_all();
        return 0;
    };
    let others = others(kept);
    for pid in &others {
        let _ = kill_process(*pid, Signal::KILL);
    }
    others.len()
}

/// Kills and reaps all but `kept` and what it started, until nothing else is left. Gives how `kept` ended, if it was a
/// child of this process and did.
pub(super) fn end_others(kept: Option<Pid>) -> Option<i32> {
    if let Some(kept) = kept {
        let mut ended = None;
        for _ in 0..ROUNDS_MAX {
            let found = kill_others(Some(kept));
            while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
                if pid == kept {
                    ended = Some(status_of(status));
                }
            }
            if found == 0 {
                return ended;
            }
            std::thread::sleep(ROUND_PAUSE);
        }
    }
    // One round gets all that exist; a fork cannot finish past a pending kill.
    loop {
        sys::kill_all();
        match wait(WaitOptions::empty()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return None,
        }
    }
}

/// Every living process of the box but this one, `kept` and its descendants.
fn others(kept: Pid) -> Vec<Pid> {
    let parents: BTreeMap<i32, i32> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| living(&entry.path()))
        .collect();
    let is_kept = |mut pid: i32| {
        // A chain of parents cannot be longer than the list; a racing snapshot might close a circle.
        for _ in 0..=parents.len() {
            if pid == kept.as_raw_nonzero().get() {
                return true;
            }
            match parents.get(&pid) {
                Some(parent) => pid = *parent,
                None => return false,
            }
        }
        false
    };
    // In a box of its own namespaces this process is the first; in a container the server is, and this one beside it.
    let own = std::process::id() as i32;
    let is_ours = |pid: i32| pid == 1 || pid == own;
    parents
        .keys()
        .filter(|pid| !is_ours(**pid) && !is_kept(**pid))
        .filter_map(|pid| Pid::from_raw(*pid))
        .collect()
}

/// A process and its parent by its folder in `/proc`; none for what is no process or a dead one.
fn living(folder: &std::path::Path) -> Option<(i32, i32)> {
    let pid = folder.file_name()?.to_str()?.parse().ok()?;
    let line = fs::read_to_string(folder.join("stat")).ok()?;
    // The name in parentheses may hold anything.
    let (_, rest) = line.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    let state = fields.next()?;
    let parent = fields.next()?.parse().ok()?;
    (state != "Z" && state != "X").then_some((pid, parent))
}
