//! The one box of a container: made without a jail, by an init beside the server.

use std::os::fd::OwnedFd;

use envy_core::SandboxError;
use rustix::process::{Pid, PidfdFlags, getpid, pidfd_open};

use super::pool::{RawBox, launcher, receive, unexpected};
use crate::sys;
use crate::wire::{self, Reply, Request};

/// Makes the box; its programs run as this user.
///
/// # Errors
/// This process is not the first of a container, or the container does not allow what an init needs.
pub(super) fn make_box(user: u32) -> Result<RawBox, SandboxError> {
    let failed = |error: std::io::Error| SandboxError::host(format!("cannot make a box: {error}"));
    if !getpid().is_init() {
        return Err(SandboxError::Host {
            what: "a box without namespaces of its own needs a container of its own".to_owned(),
            hint: "this is for `--sandbox container`, which makes the container".to_owned(),
        });
    }
    let (control, theirs) = wire::socket_pair().map_err(failed)?;
    let mut init = launcher(theirs)?;
    let pidfd = Pid::from_raw(init.id() as i32)
        .ok_or_else(|| SandboxError::host("an init without a number"))
        .and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).map_err(|error| failed(error.into())))?;
    wire::send(&control, &Request::Plain { user }, &[]).map_err(failed)?;
    let (born, _) = receive(&control, &mut vec![0; 4096])?;
    if born != Reply::Born {
        return Err(unexpected(born));
    }
    std::thread::spawn(move || {
        let _ = init.wait();
        // The init was the box; without it what it had started is nobody's.
        sys::kill_all();
    });
    let control: OwnedFd = control;
    Ok(RawBox { control, pidfd, owner: Some(user), group: None })
}
