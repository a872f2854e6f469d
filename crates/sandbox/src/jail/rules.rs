//! Landlock: a second wall under the mounts, by path and by right, that no mount trick can move.

use std::error::Error;
use std::io;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset,
    RulesetAttr as _, RulesetCreated, RulesetCreatedAttr as _, Scope,
};

use super::StepError;
use super::root::DEVICES;

/// The newest rules that we ask for; the kernel's own are taken where they are older.
const NEWEST: ABI = ABI::V6;

/// What may be read and executed but never changed.
const READ_ONLY: [&str; 3] = ["/usr", "/etc", "/proc"];
/// What belongs to the box.
const WRITABLE: [&str; 3] = [crate::WORK_DIR, "/tmp", "/dev/shm"];

/// The rules of a box, over its mounts as they are now; every program of the box is put under them.
///
/// All TCP is refused; abstract sockets and signals stay inside.
pub(super) fn rules() -> Result<RulesetCreated, StepError> {
    build().map_err(|error| failed("make the Landlock rules", error.as_ref()))
}

/// Puts this process under the rules, for good.
pub(super) fn restrict(rules: RulesetCreated) -> Result<(), StepError> {
    rules.restrict_self().map_err(|error| failed("restrict by Landlock", &error))?;
    Ok(())
}

fn build() -> Result<RulesetCreated, Box<dyn Error>> {
    // The first version's rights are a must; the rest is taken as far as the kernel has it.
    let mut rules = Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(ABI::V1))?
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?;
    for path in READ_ONLY {
        rules = rules.add_rule(PathBeneath::new(PathFd::new(path)?, AccessFs::from_read(NEWEST)))?;
    }
    // The names in folders are no secret: everything that is mounted is the box's to see.
    rules = rules.add_rule(PathBeneath::new(PathFd::new("/")?, AccessFs::ReadDir))?;
    // By name, since a container's `/dev` has more than a box's.
    for name in DEVICES {
        let device = PathFd::new(format!("/dev/{name}"))?;
        rules = rules.add_rule(PathBeneath::new(device, AccessFs::ReadFile | AccessFs::WriteFile))?;
    }
    let own = AccessFs::from_all(NEWEST) & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev);
    for path in WRITABLE {
        rules = rules.add_rule(PathBeneath::new(PathFd::new(path)?, own))?;
    }
    Ok(rules)
}

/// An error with the kernel's number, wherever in its chain that is.
fn failed(step: &str, error: &(dyn Error + 'static)) -> StepError {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if let Some(errno) = inner.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error) {
            return StepError { step: step.to_owned(), errno };
        }
        cause = inner.source();
    }
    StepError { step: format!("{step}: {error}"), errno: 0 }
}
