//! Accounting of memory and processes by cgroups: version 1 as root, version 2 where a subtree is delegated.
//!
//! Where neither can be had the box's init samples its own tree instead: isolation is the same, but a fast bomb may
//! overshoot. That mode is said aloud in the backend's name.

use std::fs;
use std::io::{self, ErrorKind};
use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use rustix::process::Pid;

/// How often the removal of a group is tried; it stays busy until its last process is gone.
const REMOVAL_ATTEMPTS: u32 = 500;
const REMOVAL_PAUSE: Duration = Duration::from_millis(10);

/// Folders of ours carry this prefix and the supervisor's pid, so that leftovers can be told.
const PREFIX: &str = "envy-";

static SERIAL: AtomicU64 = AtomicU64::new(0);

/// Who counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Accounting {
    /// Version 1: the groups of this backend in the memory and the pids hierarchy.
    V1 {
        /// In the memory hierarchy.
        memory: PathBuf,
        /// In the pids hierarchy.
        pids: PathBuf,
    },
    /// Version 2: the group of this backend.
    V2(PathBuf),
    /// Nobody but the box's init, by sampling.
    Watchdog,
}

impl Accounting {
    /// Takes the best that this process may use, and makes this backend's own group in it.
    pub(crate) fn claim() -> Self {
        let name = format!("{PREFIX}{}-{}", std::process::id(), SERIAL.fetch_add(1, Ordering::Relaxed));
        claim_v1(&name).or_else(|| claim_v2(&name)).unwrap_or(Self::Watchdog)
    }

    /// Whether the kernel counts.
    pub(crate) fn is_counted(&self) -> bool {
        *self != Self::Watchdog
    }

    /// In words, for people.
    pub(crate) fn label(&self) -> &'static str {
        match self {
            Self::V1 { .. } => "cgroup v1",
            Self::V2(_) => "cgroup v2",
            Self::Watchdog => "watchdog",
        }
    }

    /// This backend's folders, to be removed when it is gone.
    pub(crate) fn folders(&self) -> Vec<PathBuf> {
        match self {
            Self::V1 { memory, pids } => vec![memory.clone(), pids.clone()],
            Self::V2(group) => vec![group.clone()],
            Self::Watchdog => Vec::new(),
        }
    }

    /// Makes this backend's folders again, after a launcher that ended has removed them.
    ///
    /// # Errors
    /// The kernel refused a folder.
    pub(crate) fn renew(&self) -> io::Result<()> {
        for folder in self.folders() {
            fs::create_dir_all(&folder)?;
            if let Self::V2(group) = self {
                enable(group)?;
            }
        }
        Ok(())
    }

    /// A group for one box; `None` where nobody counts.
    ///
    /// # Errors
    /// The kernel refused a folder.
    pub(crate) fn group(&self) -> io::Result<Option<Group>> {
        let name = format!("box-{}", SERIAL.fetch_add(1, Ordering::Relaxed));
        let (memory, pids) = match self {
            Self::V1 { memory, pids } => (memory.join(&name), pids.join(&name)),
            Self::V2(parent) => (parent.join(&name), parent.join(&name)),
            Self::Watchdog => return Ok(None),
        };
        let version_2 = matches!(self, Self::V2(_));
        fs::create_dir(&memory)?;
        let group = Group { memory, pids, version_2 };
        if !version_2 {
            fs::create_dir(&group.pids)?;
        }
        Ok(Some(group))
    }
}

/// What an init needs of its group's memory, with room to spare.
const INIT_BYTES: u64 = 32 << 20;

/// The group of one box. Dropping it removes it, in the background if something in it is still on its way out.
#[derive(Debug)]
pub(crate) struct Group {
    memory: PathBuf,
    pids: PathBuf,
    version_2: bool,
}

/// How often a group's limits were hit so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hits {
    /// Processes killed for memory.
    pub(crate) memory: u64,
    /// Forks refused.
    pub(crate) processes: u64,
}

impl Hits {
    /// Hits since `earlier`.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            memory: self.memory.saturating_sub(earlier.memory),
            processes: self.processes.saturating_sub(earlier.processes),
        }
    }
}

impl Group {
    /// Sets the limits. The box's init is in the group as well and must not be what memory runs out for: what files in
    /// memory can hold, `files_bytes`, always fits.
    ///
    /// # Errors
    /// The kernel refused a limit.
    pub(crate) fn limit(&self, memory_bytes: u64, files_bytes: u64, processes: u32) -> io::Result<()> {
        let memory_bytes = memory_bytes.max(files_bytes + INIT_BYTES);
        if self.version_2 {
            fs::write(self.memory.join("memory.max"), memory_bytes.to_string())?;
            // Absent where the kernel has no swap accounting.
            let _ = fs::write(self.memory.join("memory.swap.max"), "0");
        } else {
            fs::write(self.memory.join("memory.limit_in_bytes"), memory_bytes.to_string())?;
            let _ = fs::write(self.memory.join("memory.memsw.limit_in_bytes"), memory_bytes.to_string());
        }
        fs::write(self.pids.join("pids.max"), (u64::from(processes) + 1).to_string())
    }

    /// Puts a process in; its children follow.
    ///
    /// # Errors
    /// The kernel refused.
    pub(crate) fn attach(&self, pid: Pid) -> io::Result<()> {
        let pid = pid.as_raw_nonzero().to_string();
        if !self.version_2 {
            fs::write(self.pids.join("cgroup.procs"), &pid)?;
        }
        fs::write(self.memory.join("cgroup.procs"), &pid)
    }

    /// The hits so far.
    pub(crate) fn hits(&self) -> Hits {
        let events = if self.version_2 { "memory.events" } else { "memory.oom_control" };
        Hits {
            memory: field(&self.memory.join(events), "oom_kill"),
            processes: field(&self.pids.join("pids.events"), "max"),
        }
    }

    /// The most memory it held at once, bytes; kernels before 6.8 do not count it in version 2.
    pub(crate) fn memory_peak(&self) -> Option<u64> {
        let file = if self.version_2 { "memory.peak" } else { "memory.max_usage_in_bytes" };
        fs::read_to_string(self.memory.join(file)).ok()?.trim().parse().ok()
    }

    /// Removes it, unless something still lives in it.
    fn remove(&self) -> bool {
        [&self.memory, &self.pids].into_iter().all(|folder| match fs::remove_dir(folder) {
            Ok(()) => true,
            Err(error) => error.kind() == ErrorKind::NotFound,
        })
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.remove() {
            let rest =
                Self { memory: self.memory.clone(), pids: self.pids.clone(), version_2: self.version_2 };
            // Without an undertaker the launcher removes it at the very end.
            let _ = undertaker().send(ManuallyDrop::new(rest));
        }
    }
}

/// The one thread that waits for groups to become empty.
fn undertaker() -> &'static Sender<ManuallyDrop<Group>> {
    static UNDERTAKER: OnceLock<Sender<ManuallyDrop<Group>>> = OnceLock::new();
    UNDERTAKER.get_or_init(|| {
        let (sender, inbox) = channel::<ManuallyDrop<Group>>();
        std::thread::spawn(move || {
            let mut waiting: Vec<(u32, ManuallyDrop<Group>)> = Vec::new();
            loop {
                let pause = if waiting.is_empty() { Duration::MAX } else { REMOVAL_PAUSE };
                match inbox.recv_timeout(pause) {
                    Ok(group) => waiting.push((0, group)),
                    Err(RecvTimeoutError::Timeout) => {
                        for (attempts, _) in &mut waiting {
                            *attempts += 1;
                        }
                        waiting.retain(|(attempts, group)| *attempts < REMOVAL_ATTEMPTS && !group.remove());
                    }
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        });
        sender
    })
}

/// The number after `key` in a file of `key value` lines; 0 if there is none.
fn field(file: &Path, key: &str) -> u64 {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .find_map(|line| line.strip_prefix(key)?.strip_prefix(' '))
        .and_then(|value| value.trim().parse().ok())
        .unwrap_or(0)
}

fn claim_v1(name: &str) -> Option<Accounting> {
    let memory = make(&own_folder("memory")?, name)?;
    let Some(pids) = own_folder("pids").and_then(|folder| make(&folder, name)) else {
        let _ = fs::remove_dir(&memory);
        return None;
    };
    Some(Accounting::V1 { memory, pids })
}

/// Lets the groups below a folder be limited.
fn enable(folder: &Path) -> io::Result<()> {
    fs::write(folder.join("cgroup.subtree_control"), "+memory +pids")
}

fn claim_v2(name: &str) -> Option<Accounting> {
    let own = own_folder("")?;
    let offered = fs::read_to_string(own.join("cgroup.controllers")).ok()?;
    if !["memory", "pids"].iter().all(|wanted| offered.split_whitespace().any(|word| word == *wanted)) {
        return None;
    }
    if enable(&own).is_err() {
        // A group with processes may not have children that are limited: if we are alone in it, we step down.
        let alone = fs::read_to_string(own.join("cgroup.procs")).ok()?;
        let pid = std::process::id().to_string();
        if alone.trim() != pid {
            return None;
        }
        let host = make(&own, "envy-host")?;
        fs::write(host.join("cgroup.procs"), pid).ok()?;
        enable(&own).ok()?;
    }
    let group = make(&own, name)?;
    enable(&group).ok()?;
    Some(Accounting::V2(group))
}

/// Makes this backend's folder, after removing those of backends that died without cleaning up.
fn make(parent: &Path, name: &str) -> Option<PathBuf> {
    for entry in fs::read_dir(parent).ok()?.flatten() {
        let left = entry.file_name();
        let pid =
            left.to_str().and_then(|left| left.strip_prefix(PREFIX)?.split('-').next()?.parse::<u32>().ok());
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            for below in fs::read_dir(entry.path()).into_iter().flatten().flatten() {
                let _ = fs::remove_dir(below.path());
            }
            let _ = fs::remove_dir(entry.path());
        }
    }
    let folder = parent.join(name);
    match fs::create_dir(&folder) {
        Ok(()) => Some(folder),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Some(folder),
        Err(_) => None,
    }
}

/// This process's folder in the hierarchy of a controller; the empty name is version 2.
fn own_folder(controller: &str) -> Option<PathBuf> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    folder_of(controller, &groups, &mounts)
}

fn folder_of(controller: &str, groups: &str, mounts: &str) -> Option<PathBuf> {
    let path = groups.lines().find_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        controllers.split(',').any(|listed| listed == controller).then_some(path)
    })?;
    mounts.lines().find_map(|line| {
        let (place, kind) = line.split_once(" - ")?;
        let place: Vec<&str> = place.split(' ').collect();
        let mut kind = kind.split(' ');
        let (file_system, options) = (kind.next()?, kind.nth(1)?);
        let matches = if controller.is_empty() {
            file_system == "cgroup2"
        } else {
            file_system == "cgroup" && options.split(',').any(|option| option == controller)
        };
        // In a container the hierarchy may be mounted from a folder of its own.
        let below = Path::new(path).strip_prefix(place.get(3)?).ok().filter(|_| matches)?;
        Some(Path::new(place.get(4)?).join(below))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUPS: &str = "5:cpu,cpuacct:/a\n4:memory:/docker/x\n0::/user.slice/u.scope\n";
    const MOUNTS: &str = "\
        30 25 0:26 / /sys/fs/cgroup/cpu rw,nosuid - cgroup cgroup rw,cpu,cpuacct\n\
        31 25 0:27 /docker /sys/fs/cgroup/memory rw,nosuid - cgroup cgroup rw,memory\n\
        32 25 0:28 / /sys/fs/cgroup/unified rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";

    #[test]
    fn the_own_folder_is_found_in_each_hierarchy() {
        let folder = |controller| folder_of(controller, GROUPS, MOUNTS);
        assert_eq!(folder("memory").unwrap(), Path::new("/sys/fs/cgroup/memory/x"));
        assert_eq!(folder("cpuacct").unwrap(), Path::new("/sys/fs/cgroup/cpu/a"));
        assert_eq!(folder("").unwrap(), Path::new("/sys/fs/cgroup/unified/user.slice/u.scope"));
        assert_eq!(folder("pids"), None);
    }

    #[test]
    fn a_counter_is_read_by_its_whole_key() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("memory.events");
        fs::write(&file, "oom 7\noom_kill 3\noom_group_kill 1\n").unwrap();
        assert_eq!(field(&file, "oom_kill"), 3);
        assert_eq!(field(&file, "oom"), 7);
        assert_eq!(field(&folder.path().join("none"), "oom"), 0);
    }
}
