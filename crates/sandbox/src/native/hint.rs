//! What to change on a host that refuses to isolate.

use std::fs;

use envy_core::SandboxError;
use rustix::io::Errno;

/// A failure of the jail, with the setting that most likely stands behind it.
pub(crate) fn jail_failure(step: &str, errno: i32) -> SandboxError {
    let reason =
        if errno == 0 { String::new() } else { format!(": {}", std::io::Error::from_raw_os_error(errno)) };
    let what = format!("the host refused to {step}{reason}");
    SandboxError::Host { what, hint: hint(step, Errno::from_raw_os_error(errno)) }
}

/// A kernel setting by its path below `/proc/sys`, as a number.
pub(crate) fn setting(path: &str) -> Option<u64> {
    fs::read_to_string(format!("/proc/sys/{path}")).ok()?.trim().parse().ok()
}

fn hint(step: &str, errno: Errno) -> String {
    let container = "in a container, run it with the profile that `envy sandbox profile` prints: `--security-opt \
                     seccomp=FILE --security-opt systempaths=unconfined` (Docker, as an ordinary user), or with \
                     `--security-opt unmask=ALL` (Podman)";
    if step.contains("Landlock") {
        return "this needs Linux 5.13 or newer with Landlock; add `landlock` to the kernel's `lsm=` list"
            .to_owned();
    }
    if step.contains("id map") || step.contains("uid map") || step.contains("gid map") {
        return "root needs CAP_SETUID and CAP_SETGID to map a range of ids; run as an ordinary user instead"
            .to_owned();
    }
    match blocked_namespaces(errno) {
        Some(hint) => hint,
        None if errno == Errno::PERM || errno == Errno::ACCESS => container.to_owned(),
        None if errno == Errno::NOSYS => "this needs Linux 5.12 or newer".to_owned(),
        None => String::new(),
    }
}

/// The sysctl that stands against user namespaces, if one does.
pub(crate) fn blocked_namespaces(errno: Errno) -> Option<String> {
    let raise = |name: &str, value: &str| Some(format!("set it as root: `sysctl -w {name}={value}`"));
    if setting("user/max_user_namespaces") == Some(0) || errno == Errno::NOSPC || errno == Errno::USERS {
        return raise("user.max_user_namespaces", "65536");
    }
    if setting("kernel/unprivileged_userns_clone") == Some(0) {
        return raise("kernel.unprivileged_userns_clone", "1");
    }
    if setting("kernel/apparmor_restrict_unprivileged_userns") == Some(1) {
        return raise("kernel.apparmor_restrict_unprivileged_userns", "0");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spent_namespace_limit_names_its_sysctl() {
        let error = jail_failure("create a user namespace", libc::ENOSPC);
        let SandboxError::Host { what, hint } = error else { panic!("not a host failure") };
        assert!(what.starts_with("the host refused to create a user namespace"), "{what}");
        assert!(hint.contains("user.max_user_namespaces"), "{hint}");
    }

    #[test]
    fn a_missing_landlock_names_the_kernel_option() {
        let error = jail_failure("make the Landlock rules", libc::EOPNOTSUPP);
        let SandboxError::Host { hint, .. } = error else { panic!("not a host failure") };
        assert!(hint.contains("lsm="), "{hint}");
    }
}
