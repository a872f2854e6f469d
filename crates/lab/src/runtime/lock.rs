//! The lock files: which packages a box has, and the digest that names the trees built from them.

use envy_core::Digest;

const BASE: &str = include_str!("../../../../runtime/requirements.lock");
const SLOW: &str = include_str!("../../../../runtime/requirements-slow.lock");

/// The packages of one kind of runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lock {
    slow: bool,
}

impl Lock {
    /// The base packages, or with `slow` these and the tuner.
    pub(super) fn new(slow: bool) -> Self {
        Self { slow }
    }

    /// Whether the tuner is in it.
    pub(super) fn slow(self) -> bool {
        self.slow
    }

    /// The lock files in pip's format: name and text.
    pub(super) fn files(self) -> Vec<(&'static str, &'static str)> {
        let base = ("requirements.lock", BASE);
        if self.slow { vec![base, ("requirements-slow.lock", SLOW)] } else { vec![base] }
    }

    /// The digest of every byte of the lock files.
    pub(super) fn digest(self) -> Digest {
        let text: String = self.files().into_iter().map(|(_, text)| text).collect();
        Digest::of(text.as_bytes())
    }

    /// Every package: name and version.
    pub(super) fn releases(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let lines = self.files().into_iter().flat_map(|(_, text)| text.lines());
        lines.filter_map(|line| line.trim_end_matches(" \\").split_once("=="))
    }
}

/// How the file name of a wheel begins: the name in wheel spelling, the version and a dash.
pub(super) fn wheel_stem(name: &str, version: &str) -> String {
    format!("{}-{version}-", name.replace(['-', '.'], "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_release_is_pinned_hashed_and_named_once() {
        let releases: Vec<_> = Lock::new(true).releases().collect();
        for needed in ["numpy", "pandas", "scikit-learn", "scipy", "pyarrow", "tzdata", "optuna"] {
            assert_eq!(releases.iter().filter(|(name, _)| *name == needed).count(), 1, "{needed}");
        }
        for text in [BASE, SLOW] {
            let blocks = text.lines().filter(|line| line.contains("==")).count();
            let mut hashes = 0;
            for line in text.lines().filter(|line| line.starts_with(' ')) {
                let digest = line.trim().trim_end_matches(" \\").strip_prefix("--hash=sha256:").unwrap();
                assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()), "{line}");
                hashes += 1;
            }
            assert!(hashes >= blocks && !text.contains("://"));
        }
    }

    #[test]
    fn a_package_with_machine_code_has_a_wheel_for_each_python_and_processor() {
        for name in ["numpy", "pandas", "pyarrow", "scikit-learn", "scipy"] {
            let start = BASE.find(&format!("{name}==")).unwrap();
            let block = BASE[start..].lines().skip(1).take_while(|line| line.starts_with(' '));
            assert_eq!(block.count(), 4 * 2, "{name}");
        }
    }

    #[test]
    fn the_tuner_has_a_digest_of_its_own() {
        assert_ne!(Lock::new(true).digest(), Lock::new(false).digest());
        assert_eq!(wheel_stem("scikit-learn", "1.9.1"), "scikit_learn-1.9.1-");
    }
}
