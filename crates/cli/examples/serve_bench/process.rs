//! What the kernel says of a process.

use std::time::Duration;

/// The kernel's ticks in a second, as every Linux shows them to programs.
const TICKS_PER_S: u64 = 100;

/// Resident memory, KiB.
pub(crate) fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

pub(crate) fn open_files(process: u32) -> usize {
    std::fs::read_dir(format!("/proc/{process}/fd")).map_or(0, Iterator::count)
}

/// Processor time that was spent so far, without that of children. Fields 14 and 15 of its `stat`, counted behind the
/// name in brackets.
pub(crate) fn spent(process: u32) -> Duration {
    let fields = fields(process);
    let ticks: u64 = fields.iter().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1_000 / TICKS_PER_S)
}

/// How many processes descend from `ancestor`.
pub(crate) fn descendants(ancestor: u32) -> usize {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let all: Vec<u32> = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    all.into_iter().filter(|process| *process != ancestor && descends(*process, ancestor)).count()
}

fn descends(mut process: u32, ancestor: u32) -> bool {
    while process > 1 {
        if process == ancestor {
            return true;
        }
        let Some(parent) = fields(process).get(1).and_then(|parent| parent.parse().ok()) else {
            return false;
        };
        process = parent;
    }
    false
}

fn fields(process: u32) -> Vec<String> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let behind = stat.rsplit_once(')').map_or("", |(_, behind)| behind);
    behind.split_whitespace().map(str::to_owned).collect()
}
