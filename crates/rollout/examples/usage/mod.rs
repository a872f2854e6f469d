//! What this process has used so far, as Linux tells it: shared by the measuring examples.

/// Clock ticks a second of `/proc/self/stat`, a constant of the Linux interface.
const TICKS: f64 = 100.0;

/// User and system time so far, seconds.
pub(super) fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("this runs on Linux");
    let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or("").split(' ').collect();
    fields[11..13].iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS
}

/// A figure of `/proc/self/status` in MB.
#[allow(dead_code, reason = "not every example measures memory")]
pub(super) fn memory_mb(name: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("this runs on Linux");
    let line = status.lines().find(|line| line.starts_with(name)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(f64::NAN) / 1_000.0
}
