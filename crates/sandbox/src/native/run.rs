//! One program in an open box, from its start to the end of its whole tree.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use envy_core::{JobEnd, LimitHit, SandboxError};
use rustix::net::RecvFlags;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::{Instant, sleep_until};

use super::capture::Capture;
use super::cgroup::Hits;
use super::child::next_word;
use super::pool::unexpected;
use super::zygote::Word;
use crate::sys;
use crate::wire::{self, Ended, Reply, Request};

/// How long the kernel may take to kill a box's processes before the box itself is given up.
pub(crate) const KILL_GRACE: Duration = Duration::from_secs(20);

/// Bytes taken from a stream at once.
const READ_BYTES: usize = 64 << 10;

/// One stream of the program.
pub(crate) struct Stream {
    pipe: AsyncFd<OwnedFd>,
    capture: Capture,
    open: bool,
}

/// A stream and the end that the program writes to.
pub(crate) fn stream() -> Result<(Stream, OwnedFd), SandboxError> {
    let failed = |error: rustix::io::Errno| SandboxError::host(format!("cannot make a pipe: {error}"));
    let (reader, writer) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).map_err(failed)?;
    // Only our end must never block; the program's is an ordinary pipe.
    rustix::fs::fcntl_setfl(&reader, rustix::fs::OFlags::NONBLOCK).map_err(failed)?;
    Ok((Stream::new(reader)?, writer))
}

impl Stream {
    /// A stream of which nothing is kept yet, over our end of a pipe.
    pub(crate) fn new(pipe: OwnedFd) -> Result<Self, SandboxError> {
        Ok(Self { pipe: register(pipe)?, capture: Capture::new(0), open: true })
    }

    /// The pipe.
    pub(crate) fn into_inner(self) -> OwnedFd {
        self.pipe.into_inner()
    }

    /// From here on at most `bytes_max` bytes are kept.
    pub(crate) fn begin(&mut self, bytes_max: u64) {
        self.capture = Capture::new(bytes_max);
    }

    /// What was kept since then.
    pub(crate) fn end(&mut self) -> Capture {
        std::mem::replace(&mut self.capture, Capture::new(0))
    }

    /// Whether more may come.
    pub(crate) fn is_open(&self) -> bool {
        self.open
    }

    /// So much came that the program must end.
    pub(crate) fn is_excessive(&self) -> bool {
        self.capture.is_excessive()
    }

    /// Waits for bytes and takes them; at the end of the stream waits no more.
    pub(crate) async fn take(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        let read =
            self.pipe.async_io(Interest::READABLE, |pipe| Ok(rustix::io::read(pipe, &mut *buffer)?)).await?;
        self.open = read > 0;
        self.capture.push(&buffer[..read]);
        Ok(())
    }

    /// Takes what is there, without waiting: everyone who could write has ended.
    pub(crate) fn drain(&mut self, buffer: &mut [u8]) {
        while !self.capture.is_excessive() {
            match rustix::io::read(self.pipe.get_ref(), &mut *buffer) {
                Ok(read) if read > 0 => self.capture.push(&buffer[..read]),
                _ => return,
            }
        }
    }
}

/// A run in progress.
pub(crate) struct Run<'a> {
    /// The socket to the box's init.
    pub(crate) control: BorrowedFd<'a>,
    /// What the program prints.
    pub(crate) out: Stream,
    /// What it prints as errors.
    pub(crate) err: Stream,
    /// Where a zygote reports on the program, if it is a zygote's child.
    pub(crate) child: Option<AsyncFd<OwnedFd>>,
    /// Processor time of a zygote's child.
    pub(crate) child_cpu_us: u64,
    /// The limit for which the program was killed.
    pub(crate) stop: Option<LimitHit>,
}

impl Run<'_> {
    /// Takes what the program prints until its tree is gone; kills it at a limit.
    ///
    /// # Errors
    /// The host failed, not the program.
    pub(crate) async fn pump(&mut self, wall: Duration) -> Result<Ended, SandboxError> {
        let socket = register(self.control)?;
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
                    // The box is as it was: the program never ran.
                    (other, _) => return Err(unexpected(other)),
                },
                word = next_word(self.child.as_ref()), if self.child.is_some() => {
                    self.child = None;
                    let Word::Ended { status, cpu_us } = word? else {
                        return Err(SandboxError::host("the warm interpreter spoke out of turn"));
                    };
                    self.child_cpu_us = cpu_us;
                    self.ask(&Request::Finish { status })?;
                    if self.stop.is_none() {
                        deadline = Instant::now() + KILL_GRACE;
                    }
                }
                () = sleep_until(deadline) => {
                    if self.stop.is_some() {
                        return Err(SandboxError::host("a box could not be killed in time"));
                    }
                    deadline = self.kill(LimitHit::Time)?;
                }
                taken = self.out.take(&mut left), if self.out.open => taken.map_err(|error| stream_failed(&error))?,
                taken = self.err.take(&mut right), if self.err.open => taken.map_err(|error| stream_failed(&error))?,
            }
            if self.stop.is_none() && (self.out.is_excessive() || self.err.is_excessive()) {
                deadline = self.kill(LimitHit::Output)?;
            }
        }
    }

    /// Has everything in the box killed; the answer is due by the given time.
    fn kill(&mut self, why: LimitHit) -> Result<Instant, SandboxError> {
        self.stop = Some(why);
        self.ask(&Request::Kill)?;
        Ok(Instant::now() + KILL_GRACE)
    }

    fn ask(&self, request: &Request) -> Result<(), SandboxError> {
        wire::send(self.control, request, &[]).map_err(|error| box_gone(&error))
    }
}

/// The end of a run. A program that ends well hit no limit that mattered to it; otherwise the limit that was hit
/// explains the end better than the exit code that followed from it.
pub(crate) fn how_it_ended(stop: Option<LimitHit>, ended: Ended, hits: Hits) -> JobEnd {
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

pub(crate) async fn next_reply(
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

pub(crate) fn register<T: AsFd + AsRawFd>(fd: T) -> Result<AsyncFd<T>, SandboxError> {
    sys::watch_readable(fd)
        .map_err(|error| SandboxError::host(format!("cannot wait for a descriptor: {error}")))
}

pub(crate) fn box_gone(error: &io::Error) -> SandboxError {
    SandboxError::host(format!("a box does not listen: {error}"))
}

pub(crate) fn stream_failed(error: &io::Error) -> SandboxError {
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
