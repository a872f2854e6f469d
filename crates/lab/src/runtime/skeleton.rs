//! `etc` and the time zones: what programs ask a system about itself, made up here so that nothing is the host's.

use std::path::Path;

use super::error::RuntimeError;
use super::files;
use super::host::Host;

/// Every file of `etc`. The agent is the one user with a home.
const ETC: &[(&str, &str)] = &[
    (
        "passwd",
        "root:x:0:0:root:/root:/bin/bash\nagent:x:1000:1000:agent:/work:/bin/bash\n\
         nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n",
    ),
    ("group", "root:x:0:\nagent:x:1000:\nnogroup:x:65534:\n"),
    ("hosts", "127.0.0.1 localhost\n::1 localhost\n"),
    ("hostname", "box\n"),
    ("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\nservices: files\nprotocols: files\n"),
    ("shells", "/bin/sh\n/bin/bash\n"),
    ("os-release", "NAME=\"Linux\"\nID=linux\n"),
    ("timezone", "UTC\n"),
];

/// Writes `etc`, and shows the time zones of the package `tzdata` where programs look for them.
///
/// # Errors
/// A file cannot be written.
pub(super) fn write(host: &Host, root: &Path) -> Result<(), RuntimeError> {
    for (name, text) in ETC {
        files::write(&root.join("etc").join(name), text)?;
    }
    files::link(Path::new("/usr/share/zoneinfo/UTC"), &root.join("etc/localtime"))?;
    let zones = Path::new("..").join(&host.packages).join("tzdata/zoneinfo");
    files::link(&zones, &root.join("usr/share/zoneinfo"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_user_has_seven_fields_and_a_group() {
        let text = |name: &str| ETC.iter().find(|(own, _)| *own == name).unwrap().1;
        for line in text("passwd").lines() {
            let fields: Vec<_> = line.split(':').collect();
            assert_eq!(fields.len(), 7, "{line}");
            assert!(text("group").lines().any(|group| group.split(':').nth(2) == Some(fields[3])), "{line}");
        }
    }
}
