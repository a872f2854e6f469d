//! The small single-threaded processes that hold the namespaces: launcher, jailer, and the init of each box.
//!
//! ```text
//! supervisor (any threads)   asks for boxes, pumps their output, kills at limits, reads files
//!   launcher                 outside: opens the runtime, writes the id maps, cleans up at the very end
//!     jailer (pid 1)         own user, mount, pid, net, ipc, uts and cgroup namespaces; holds the root that boxes share
//!       init (pid 1)         one per box: seven fresh namespaces, private mounts, no capabilities; reaps and kills
//!         program            one per exec: Landlock, rlimits, seccomp, then the agent's code
//!       zygote               an interpreter with its imports done; forks itself into boxes, runs no agent's code
//! ```
//!
//! All of them are copies of one clean image: the supervisor's own executable, started again, so that nothing of the
//! supervisor's memory (keys, labels) is ever near a box. Each watches its socket or its parent and ends with it.

mod confine;
mod entry;
mod init;
mod jailer;
mod kept;
mod launcher;
mod plain;
mod root;
mod rules;
mod seccomp;
mod syscalls;
mod usage;
mod zygote;

pub(crate) use confine::program_limits;
pub(crate) use entry::{ARGUMENT, NAME, inside};
pub(crate) use zygote::SESSION;

use std::io;

/// A step that failed, with the kernel's reason.
#[derive(Debug)]
pub(crate) struct StepError {
    step: String,
    errno: i32,
}

impl StepError {
    fn reply(&self) -> crate::wire::Reply {
        crate::wire::Reply::Failed { step: self.step.clone(), errno: self.errno }
    }
}

/// Names the step that an error comes from.
trait Step<T> {
    fn step(self, step: &str) -> Result<T, StepError>;
}

impl<T, E: Into<io::Error>> Step<T> for Result<T, E> {
    fn step(self, step: &str) -> Result<T, StepError> {
        self.map_err(|error| {
            let error: io::Error = error.into();
            StepError { step: step.to_owned(), errno: error.raw_os_error().unwrap_or(0) }
        })
    }
}
