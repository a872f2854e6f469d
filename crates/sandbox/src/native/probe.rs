//! Probes the host, one feature at a time, for `envy doctor`.

use std::path::Path;

use envy_core::SandboxError;
use rustix::process::{PidfdFlags, getpid, pidfd_open};

use super::cgroup::Accounting;
use super::hint::{blocked_namespaces, setting};
use super::{Native, NativeConfig};
use crate::{Feature, FeatureState, RuntimeTree};

/// The namespaces of a box and their names in `/proc/self/ns`.
const NAMESPACES: [(&str, &str); 7] = [
    ("user namespace", "user"),
    ("mount namespace", "mnt"),
    ("pid namespace", "pid"),
    ("network namespace", "net"),
    ("ipc namespace", "ipc"),
    ("uts namespace", "uts"),
    ("cgroup namespace", "cgroup"),
];

/// All features, the whole box last.
pub(crate) fn features() -> Vec<Feature> {
    let mut features: Vec<Feature> = NAMESPACES.iter().map(|(name, file)| namespace(name, file)).collect();
    features.extend([landlock(), seccomp(), pidfd(), accounting(), whole_box()]);
    features
}

fn strict(name: &'static str, detail: impl Into<String>) -> Feature {
    Feature { name, state: FeatureState::Strict, detail: detail.into(), hint: String::new() }
}

fn missing(name: &'static str, detail: impl Into<String>, hint: impl Into<String>) -> Feature {
    Feature { name, state: FeatureState::Missing, detail: detail.into(), hint: hint.into() }
}

fn namespace(name: &'static str, file: &str) -> Feature {
    if !Path::new("/proc/self/ns").join(file).exists() {
        return missing(
            name,
            "the kernel was built without it",
            "use a kernel with CONFIG_NAMESPACES in full",
        );
    }
    let limit = setting(&format!("user/max_{file}_namespaces"));
    match (limit, blocked_namespaces(rustix::io::Errno::INVAL)) {
        (Some(0), _) => {
            missing(name, "the limit is 0", format!("`sysctl -w user.max_{file}_namespaces=65536` as root"))
        }
        (_, Some(hint)) if file == "user" && !rustix::process::geteuid().is_root() => {
            missing(name, "closed to ordinary users", hint)
        }
        (Some(limit), _) => strict(name, format!("up to {limit}")),
        (None, _) => strict(name, "there"),
    }
}

fn landlock() -> Feature {
    match crate::sys::landlock_version() {
        Some(version) => strict("Landlock", format!("version {version} of its interface")),
        None => {
            missing("Landlock", "not there", "use Linux 5.13 or newer and add `landlock` to its `lsm=` list")
        }
    }
}

fn seccomp() -> Feature {
    let actions = std::fs::read_to_string("/proc/sys/kernel/seccomp/actions_avail").unwrap_or_default();
    if actions.split_whitespace().any(|action| action == "errno") {
        strict("seccomp", "filters with error numbers")
    } else {
        missing("seccomp", "no filters", "use a kernel with CONFIG_SECCOMP_FILTER")
    }
}

fn pidfd() -> Feature {
    match pidfd_open(getpid(), PidfdFlags::empty()) {
        Ok(_) => strict("process descriptors", "there"),
        Err(error) => missing("process descriptors", error.to_string(), "use Linux 5.12 or newer"),
    }
}

fn accounting() -> Feature {
    let name = "memory and process accounting";
    let claimed = Accounting::claim();
    for folder in claimed.folders() {
        let _ = std::fs::remove_dir(folder);
    }
    if claimed.is_counted() {
        return strict(name, claimed.label());
    }
    Feature {
        name,
        state: FeatureState::Degraded,
        detail: "no cgroup may be used: limits by process, and a watchdog for the sum".to_owned(),
        hint: "run as root, or under `systemd-run --user --scope -p Delegate=yes`".to_owned(),
    }
}

/// The proof of the pudding: a whole jail over the host's own runtime.
fn whole_box() -> Feature {
    let name = "native boxes";
    match Native::new(
        RuntimeTree::new("/"),
        NativeConfig { pool: 0, waiting: 0, preload: None, ..NativeConfig::standard() },
    ) {
        Ok(native) => strict(name, envy_core::Sandbox::name(&native)),
        Err(SandboxError::Host { what, hint }) => missing(name, what, hint),
        Err(SandboxError::Refused(what)) => missing(name, what, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_has_a_name_of_its_own_and_a_hint_where_it_lacks() {
        let features = features();
        let mut names: Vec<&str> = features.iter().map(|feature| feature.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), features.len());
        for feature in features {
            assert_eq!(feature.state == FeatureState::Strict, feature.hint.is_empty(), "{feature:?}");
        }
    }
}
