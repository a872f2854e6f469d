//! One open box: its init, its files, and one program at a time.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use envy_core::{Exec, ExecResult, JobLimits, SandboxError};
use rustix::process::{Signal, pidfd_send_signal};
use tokio::io::unix::AsyncFd;

use super::cgroup::{Group, Hits};
use super::files::{INODES_MAX, WorkFiles};
use super::pool::{RawBox, unexpected};
use super::run::{Run, box_gone, how_it_ended, next_reply, register, stream};
use super::zygote::Zygote;
use crate::jail::program_limits;
use crate::wire::{self, Reply, Request, Start};

/// What the temporary folders of a box may hold together.
const TEMPORARY_BYTES: u64 = 128 << 20;

/// The least cap of one file, so that the temporary folders can be filled; the work directory has its own quota.
const FILE_BYTES_MIN: u64 = 64 << 20;

/// Processor time of one process, as a multiple of the wall clock: a backstop for many threads.
const CPU_PER_WALL: u64 = 8;

/// An open box. Dropping it kills everything in it.
pub(crate) struct Live {
    control: OwnedFd,
    init: OwnedFd,
    group: Option<Group>,
    /// The files of its work directory.
    pub(crate) files: Arc<WorkFiles>,
}

impl Live {
    /// Fixes the limits of a fresh box.
    ///
    /// # Errors
    /// The host refused, or the box is gone.
    pub(crate) async fn arm(raw: RawBox, limits: &JobLimits) -> Result<Self, SandboxError> {
        let RawBox { control, pidfd, owner, group } = raw;
        // A size of 0 would mean no quota at all.
        let disk_bytes = limits.disk_bytes.max(rustix::param::page_size() as u64);
        wire::send(&control, &Request::Arm { disk_bytes, inodes: INODES_MAX }, &[])
            .map_err(|error| box_gone(&error))?;
        let socket = register(control.as_fd())?;
        let mut buffer = vec![0; 4096];
        let (reply, mut fds) = next_reply(&socket, &mut buffer).await?;
        drop(socket);
        let (Reply::Armed, Some(work)) = (&reply, fds.pop()) else { return Err(unexpected(reply)) };
        if let Some(group) = &group {
            group
                .limit(limits.memory_bytes, disk_bytes + TEMPORARY_BYTES, limits.processes)
                .map_err(|error| SandboxError::host(format!("cannot limit a box's memory: {error}")))?;
        }
        Ok(Self { control, init: pidfd, group, files: Arc::new(WorkFiles::new(work, owner)) })
    }

    /// Runs a program to its end, a limit or a kill of its whole tree; as a child of `zygote`, if there is one.
    ///
    /// # Errors
    /// The host failed, not the program.
    pub(crate) async fn exec(
        &mut self,
        exec: &Exec,
        cwd: String,
        limits: &JobLimits,
        zygote: Option<&Zygote>,
    ) -> Result<ExecResult, SandboxError> {
        let before = self.hits();
        let wall = Duration::from_millis(exec.wall_ms.min(limits.wall_ms));
        let start = Start {
            argv: exec.argv.clone(),
            cwd,
            processes: limits.processes,
            memory_bytes: limits.memory_bytes,
            file_bytes: limits.disk_bytes.max(FILE_BYTES_MIN),
            cpu_s: (wall.as_secs() + 1).saturating_mul(CPU_PER_WALL),
            watched: self.group.is_none(),
        };
        // Should whoever waits for this give up, the program must not run on: the box dies instead.
        let mut watch = KillOnDrop { init: &self.init, armed: true };
        let stream_bytes = exec.stream_bytes.min(limits.stream_bytes);
        let (out, stdout) = stream(stream_bytes)?;
        let (err, stderr) = stream(stream_bytes)?;
        let child = if let Some(zygote) = zygote {
            Some(self.adopt(zygote, start, &stdout, &stderr).await?)
        } else {
            wire::send(&self.control, &Request::Start(start), &[stdout.as_fd(), stderr.as_fd()])
                .map_err(|error| box_gone(&error))?;
            None
        };
        drop((stdout, stderr));
        let (control, group) = (self.control.as_fd(), self.group.as_ref());
        let mut run = Run { control, group, out, err, child, stop: None };
        let ended = run.pump(wall).await?;
        watch.armed = false;
        let Run { out, err, stop, .. } = run;
        let hits = self.hits().since(before);
        let cut = out.capture.is_cut() || err.capture.is_cut();
        let end = how_it_ended(stop, ended, hits);
        Ok(ExecResult { end, stdout: out.capture.finish(), stderr: err.capture.finish(), cut })
    }

    /// Has a zygote put a program into the box; gives the socket on which it reports.
    async fn adopt(
        &self,
        zygote: &Zygote,
        start: Start,
        stdout: &OwnedFd,
        stderr: &OwnedFd,
    ) -> Result<AsyncFd<OwnedFd>, SandboxError> {
        let failed =
            |error: io::Error| SandboxError::host(format!("the warm interpreter does not listen: {error}"));
        wire::send(&self.control, &Request::Adopt(start.clone()), &[]).map_err(|error| box_gone(&error))?;
        // The ways into the box: nobody but its init can open them, since it is undumpable.
        let socket = register(self.control.as_fd())?;
        let (reply, ways) = next_reply(&socket, &mut vec![0; 4096]).await?;
        if reply != Reply::Started {
            return Err(unexpected(reply));
        }
        let (ours, theirs) = wire::socket_pair().map_err(failed)?;
        let limits: Vec<(&str, u64)> =
            program_limits(&start).into_iter().map(|(name, _, value)| (name, value)).collect();
        let fds: Vec<_> = ways.iter().chain([stdout, stderr, &theirs]).map(OwnedFd::as_fd).collect();
        zygote.ask(&start, &limits, &fds).map_err(failed)?;
        register(ours)
    }

    fn hits(&self) -> Hits {
        self.group.as_ref().map(Group::hits).unwrap_or_default()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // Files are unreachable and everything in the box dies with its init. It may be dead already.
        let _ = pidfd_send_signal(&self.init, Signal::KILL);
    }
}

struct KillOnDrop<'a> {
    init: &'a OwnedFd,
    armed: bool,
}

impl Drop for KillOnDrop<'_> {
    fn drop(&mut self) {
        if self.armed {
            let _ = pidfd_send_signal(self.init, Signal::KILL);
        }
    }
}
