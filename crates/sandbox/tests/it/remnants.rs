//! What a supervisor may leave behind: its processes and its control groups.

use std::path::PathBuf;

/// The children of a process.
pub(crate) fn children(pid: i32) -> Vec<i32> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    tasks
        .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok())
        .flat_map(|line| line.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect()
}

/// The processes below `pid`, itself included.
pub(crate) fn family(pid: i32) -> Vec<i32> {
    let mut family = vec![pid];
    let mut next = 0;
    while let Some(parent) = family.get(next) {
        family.extend(children(*parent));
        next += 1;
    }
    family
}

/// The jailer of a supervisor: the child of its launcher that has the boxes as children.
pub(crate) fn jailer_of(pid: i32) -> i32 {
    let below = |pid: i32| family(pid).split_off(1);
    let grandchildren = below(pid).into_iter().filter(|child| !below(*child).is_empty()).flat_map(below);
    grandchildren.max_by_key(|pid| family(*pid).len()).expect("a supervisor with a box has a jailer")
}

/// Whether a process lives; a zombie does not.
pub(crate) fn is_alive(pid: i32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The state follows the name in parentheses; a zombie waits for its parent only.
    status.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// The cgroups that a supervisor made, found by the prefix that carries its pid.
pub(crate) fn groups_of(pid: i32) -> Vec<PathBuf> {
    let prefix = format!("envy-{pid}-");
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from("/sys/fs/cgroup")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let name = entry.file_name();
            if name.to_str().is_some_and(|name| name.starts_with(&prefix)) {
                found.push(entry.path());
            } else if entry.path().components().count() < 8 {
                folders.push(entry.path());
            }
        }
    }
    found
}
