//! Alone: ends every other process that this one can see, in a container where an agent has worked before.

use std::collections::BTreeSet;

use rustix::process::{Pid, Signal, kill_process};

use crate::fail::Failure;

/// Rounds: a process that starts others while it is being ended is met again.
const ROUNDS: usize = 5;

/// The processes that have to live: this one, those that it descends from, and the first.
fn kept(parent: impl Fn(u32) -> Option<u32>, own: u32) -> BTreeSet<u32> {
    let mut kept = BTreeSet::from([1]);
    let mut next = Some(own);
    while let Some(process) = next.filter(|process| *process != 0) {
        if !kept.insert(process) {
            break;
        }
        next = parent(process);
    }
    kept
}

/// Ends all others; how many there were. What cannot be ended (another user's, or the kernel's) is left.
///
/// # Errors
/// The processes cannot be listed.
pub(crate) fn kill_others() -> Result<usize, Failure> {
    let kept = kept(parent, std::process::id());
    let mut ended = BTreeSet::new();
    for _ in 0..ROUNDS {
        let others: Vec<u32> = processes()?.into_iter().filter(|process| !kept.contains(process)).collect();
        let fresh = others.iter().filter(|process| !ended.contains(*process)).count();
        for process in others {
            let target = i32::try_from(process).ok().and_then(Pid::from_raw);
            if target.is_some_and(|target| kill_process(target, Signal::KILL).is_ok()) {
                ended.insert(process);
            }
        }
        if fresh == 0 {
            break;
        }
    }
    Ok(ended.len())
}

fn processes() -> Result<Vec<u32>, Failure> {
    let entries = std::fs::read_dir("/proc").map_err(|error| Failure::io("list the processes", &error))?;
    Ok(entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect())
}

/// The parent of a process: field 4 of its `stat`, counted behind the name in brackets.
fn parent(process: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_keeps_itself_and_its_ancestors() {
        let parents = |process: u32| match process {
            9 => Some(7),
            7 => Some(4),
            4 => Some(0),
            _ => None,
        };
        assert_eq!(kept(parents, 9), BTreeSet::from([1, 4, 7, 9]));
        assert_eq!(kept(|_| Some(5), 5), BTreeSet::from([1, 5]));
        assert_eq!(parent(std::process::id()), Some(std::os::unix::process::parent_id()));
    }
}
