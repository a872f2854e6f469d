//! What the processes of a box use, as its init sees them in the box's own `/proc`.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;

/// Places whose fullness is a disk limit.
const DISKS: [&str; 3] = [crate::WORK_DIR, "/tmp", "/dev/shm"];

/// Processes and threads but those of the box's own making, and their private memory in bytes.
pub(super) fn processes() -> (u32, u64) {
    let page = rustix::param::page_size() as u64;
    let (mut tasks, mut bytes) = (0, 0);
    let own = std::process::id().to_string();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit())) else {
            continue;
        };
        // The first process is this one, or in a container the server.
        if name == "1" || name == own {
            continue;
        }
        // A folder has two links and one for each folder in it: the threads.
        let threads = fs::metadata(format!("/proc/{name}/task")).map_or(0, |folder| folder.nlink() as u32);
        tasks += threads.saturating_sub(2);
        bytes += private_bytes(name, page);
    }
    (tasks, bytes)
}

/// Private memory from which on the slower and juster count is taken.
const LARGE_BYTES: u64 = 2 << 20;

/// The memory of one process that is its own. Pages that it shares with the zygote that it was forked from look like
/// its own in the quick count; the slow one gives each sharer its part.
fn private_bytes(process: &str, page: u64) -> u64 {
    let pages = fs::read_to_string(format!("/proc/{process}/statm")).unwrap_or_default();
    let mut pages = pages.split_ascii_whitespace().skip(1).map(|field| field.parse().unwrap_or(0));
    let (resident, shared): (u64, u64) = (pages.next().unwrap_or(0), pages.next().unwrap_or(0));
    let quick = resident.saturating_sub(shared) * page;
    if quick < LARGE_BYTES {
        return quick;
    }
    let rollup = match fs::read_to_string(format!("/proc/{process}/smaps_rollup")) {
        Ok(rollup) => rollup,
        // A process that hides its maps is counted in full, one that has just ended not at all.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return quick,
        Err(_) => return 0,
    };
    let just = rollup.lines().find_map(|line| line.strip_prefix("Pss_Anon:")?.trim().strip_suffix(" kB"));
    just.and_then(|kilobytes| kilobytes.parse::<u64>().ok()).map_or(0, |kilobytes| kilobytes << 10)
}

/// Bytes that files in memory hold: the work directory and the temporary ones.
pub(super) fn files() -> u64 {
    DISKS
        .iter()
        .filter_map(|place| rustix::fs::statvfs(*place).ok())
        .map(|disk| (disk.f_blocks - disk.f_bfree) * disk.f_frsize)
        .sum()
}

/// Whether one of the places has no block or no file left.
pub(super) fn disk_full() -> bool {
    DISKS
        .iter()
        .filter_map(|place| rustix::fs::statvfs(*place).ok())
        .any(|disk| disk.f_bfree == 0 || disk.f_ffree == 0)
}
