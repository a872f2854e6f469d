//! One open box: its init, its files, and one program at a time.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use envy_core::{Exec, ExecResult, JobEnd, JobLimits, LimitHit, SandboxError};
use rustix::net::RecvFlags;
use rustix::process::{Signal, pidfd_send_signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::{Instant, sleep_until};

use super::capture::Capture;
use super::cgroup::{Group, Hits};
use super::files::{INODES_MAX, WorkFiles};
use super::pool::{RawBox, unexpected};
use crate::sys;
use crate::wire::{self, Ended, Reply, Request, Start};

/// How long the kernel may take to kill a box's processes before the box itself is given up.
const KILL_GRACE: Duration = Duration::from_secs(20);

/// Bytes taken from a stream at once.
const READ_BYTES: usize = 64 << 10;

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

    /// Runs a program to its end, a limit or a kill of its whole tree.
    ///
    /// # Errors
    /// The host failed, not the program.
    pub(crate) async fn exec(
        &mut self,
        exec: &Exec,
        cwd: String,
        limits: &JobLimits,
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
        wire::send(&self.control, &Request::Start(start), &[stdout.as_fd(), stderr.as_fd()])
            .map_err(|error| box_gone(&error))?;
        drop((stdout, stderr));
        let mut run = Run { live: self, out, err, stop: None };
        let ended = run.pump(wall).await?;
        watch.armed = false;
        let Run { out, err, stop, .. } = run;
        let hits = self.hits().since(before);
        let cut = out.capture.is_cut() || err.capture.is_cut();
        let end = how_it_ended(stop, ended, hits);
        Ok(ExecResult { end, stdout: out.capture.finish(), stderr: err.capture.finish(), cut })
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

/// One stream of the program.
struct Stream {
    pipe: AsyncFd<OwnedFd>,
    capture: Capture,
    open: bool,
}

/// A stream and the end that the program writes to.
fn stream(bytes_max: u64) -> Result<(Stream, OwnedFd), SandboxError> {
    let failed = |error: rustix::io::Errno| SandboxError::host(format!("cannot make a pipe: {error}"));
    let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(failed)?;
    // Only our end must never block; the program's is an ordinary pipe.
    rustix::fs::fcntl_setfl(&reader, rustix::fs::OFlags::NONBLOCK).map_err(failed)?;
    let pipe = register(reader)?;
    Ok((Stream { pipe, capture: Capture::new(bytes_max), open: true }, writer))
}

impl Stream {
    /// Waits for bytes and takes them; at the end of the stream waits no more.
    async fn take(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let read =
            self.pipe.async_io(Interest::READABLE, |pipe| Ok(rustix::io::read(pipe, &mut *buffer)?)).await?;
        self.open = read > 0;
        self.capture.push(&buffer[..read]);
        Ok(())
    }

    /// Takes what is there, without waiting: everyone who could write has ended.
    fn drain(&mut self, buffer: &mut [u8]) {
        while !self.capture.is_excessive() {
            match rustix::io::read(self.pipe.get_ref(), &mut *buffer) {
                Ok(read) if read > 0 => self.capture.push(&buffer[..read]),
                _ => return,
            }
        }
    }
}

struct Run<'a> {
    live: &'a Live,
    out: Stream,
    err: Stream,
    stop: Option<LimitHit>,
}

impl Run<'_> {
    /// Takes what the program prints until its tree is gone; kills it at a limit.
    async fn pump(&mut self, wall: Duration) -> Result<Ended, SandboxError> {
        let socket = register(self.live.control.as_fd())?;
        let (mut message, mut left, mut right) = (vec![0; 4096], vec![0; READ_BYTES], vec![0; READ_BYTES]);
        let mut deadline = Instant::now() + wall;
        loop {
            tokio::select! {
                biased;
                answer = next_reply(&socket, &mut message) => match answer? {
                    (Reply::Started, _) => deadline = Instant::now() + wall,
                    (Reply::Ended(ended), _) => {
                        self.out.drain(&mut left);
                        self.err.drain(&mut right);
                        return Ok(ended);
                    }
                    (other, _) => return Err(unexpected(other)),
                },
                () = sleep_until(deadline) => {
                    if self.stop.is_some() {
                        return Err(SandboxError::host("a box could not be killed in time"));
                    }
                    deadline = self.kill(LimitHit::Time)?;
                }
                taken = self.out.take(&mut left), if self.out.open => taken.map_err(|error| stream_failed(&error))?,
                taken = self.err.take(&mut right), if self.err.open => taken.map_err(|error| stream_failed(&error))?,
            }
            if self.stop.is_none() && (self.out.capture.is_excessive() || self.err.capture.is_excessive()) {
                deadline = self.kill(LimitHit::Output)?;
            }
        }
    }

    /// Has everything in the box killed; the answer is due by the given time.
    fn kill(&mut self, why: LimitHit) -> Result<Instant, SandboxError> {
        self.stop = Some(why);
        wire::send(&self.live.control, &Request::Kill, &[]).map_err(|error| box_gone(&error))?;
        Ok(Instant::now() + KILL_GRACE)
    }
}

/// The end of a run. A program that ends well hit no limit that mattered to it; otherwise the limit that was hit
/// explains the end better than the exit code that followed from it.
fn how_it_ended(stop: Option<LimitHit>, ended: Ended, hits: Hits) -> JobEnd {
    if stop.is_none() && ended.status == 0 {
        return JobEnd::Exited(0);
    }
    let limit = if hits.memory > 0 || ended.memory_exceeded {
        Some(LimitHit::Memory)
    } else if stop == Some(LimitHit::Output) {
        stop
    } else if hits.processes > 0 || ended.processes_full {
        Some(LimitHit::Processes)
    } else if stop.is_some() || ended.status == -libc::SIGXCPU {
        Some(LimitHit::Time)
    } else if ended.disk_full || ended.status == -libc::SIGXFSZ {
        Some(LimitHit::Disk)
    } else {
        None
    };
    match limit {
        Some(limit) => JobEnd::Limit(limit),
        None if ended.status < 0 => JobEnd::Signaled(-ended.status),
        None => JobEnd::Exited(ended.status),
    }
}

async fn next_reply(
    socket: &AsyncFd<BorrowedFd<'_>>,
    buffer: &mut [u8],
) -> Result<(Reply, Vec<OwnedFd>), SandboxError> {
    let received = socket
        .async_io(Interest::READABLE, |socket| wire::receive(socket, buffer, RecvFlags::DONTWAIT))
        .await;
    match received {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(SandboxError::host("a box has ended unexpectedly")),
        Err(error) => Err(SandboxError::host(format!("a box's answer cannot be read: {error}"))),
    }
}

fn register<T: AsFd + AsRawFd>(fd: T) -> Result<AsyncFd<T>, SandboxError> {
    sys::watch_readable(fd)
        .map_err(|error| SandboxError::host(format!("cannot wait for a descriptor: {error}")))
}

fn box_gone(error: &io::Error) -> SandboxError {
    SandboxError::host(format!("a box does not listen: {error}"))
}

fn stream_failed(error: &io::Error) -> SandboxError {
    SandboxError::host(format!("a box's output cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(status: i32) -> Ended {
        Ended { status, ..Ended::default() }
    }

    #[test]
    fn a_limit_explains_a_bad_end_and_never_a_good_one() {
        let none = Hits::default();
        let refused = Hits { memory: 0, processes: 3 };
        let killed = Hits { memory: 1, processes: 0 };
        let full = Ended { disk_full: true, ..ended(1) };
        for (stop, ended, hits, expected) in [
            (None, ended(0), refused, JobEnd::Exited(0)),
            (None, ended(3), none, JobEnd::Exited(3)),
            (None, ended(-11), none, JobEnd::Signaled(11)),
            (None, ended(1), refused, JobEnd::Limit(LimitHit::Processes)),
            (None, ended(-9), killed, JobEnd::Limit(LimitHit::Memory)),
            (None, full, none, JobEnd::Limit(LimitHit::Disk)),
            (None, ended(-libc::SIGXCPU), none, JobEnd::Limit(LimitHit::Time)),
            (Some(LimitHit::Time), ended(-9), none, JobEnd::Limit(LimitHit::Time)),
            (Some(LimitHit::Time), ended(-9), refused, JobEnd::Limit(LimitHit::Processes)),
            (Some(LimitHit::Output), ended(-9), none, JobEnd::Limit(LimitHit::Output)),
        ] {
            assert_eq!(how_it_ended(stop, ended, hits), expected);
        }
    }
}
