//! A Python process in a box that waits for orders: forked into it by a zygote, or started there by the box's init.

use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use envy_core::SandboxError;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{RecvFlags, SendFlags};
use rustix::process::{Signal, pidfd_send_signal};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::timeout;

use super::cgroup::Group;
use super::live::Live;
use super::pool::{host_pid, inner_pid, unexpected};
use super::run::{Stream, box_gone, next_reply, register, stream};
use super::zygote::{self, Script, Word, Zygote};
use crate::jail::{SESSION, program_limits};
use crate::wire::{self, Reply, Request, Start};

/// How long a zygote or an init may take to make a child.
const FORK_TIMEOUT: Duration = Duration::from_secs(20);

/// How long a zygote may take to tell how a child ended that is known to have ended.
const WORD_TIMEOUT: Duration = Duration::from_secs(5);

/// Processor time of a session, seconds; each cell is bounded by its wall clock.
pub(crate) const SESSION_CPU_S: u64 = 24 * 3600;

/// Bytes kept of what a child says that could not be confined.
const COMPLAINT_BYTES: u64 = 1024;

/// The child, confined and accounted for.
pub(crate) struct Child {
    /// Readable once it has ended.
    pub(crate) process: AsyncFd<OwnedFd>,
    /// Where its zygote tells how it ended; none for a child of the init.
    pub(crate) words: Option<AsyncFd<OwnedFd>>,
    /// Where it takes orders; what comes back from there is the agent's to forge.
    pub(crate) orders: AsyncFd<OwnedFd>,
    /// Its standard output.
    pub(crate) out: Stream,
    /// Its standard error.
    pub(crate) err: Stream,
    /// A zygote's children end with it, so it is held as long as they are.
    pub(crate) zygote: Option<Arc<Zygote>>,
}

impl Live {
    /// Puts a child into the box. To the init it is the program of a run that lasts until somebody says otherwise.
    ///
    /// # Errors
    /// The host failed: a zygote or an init that does not answer.
    pub(crate) async fn child(
        &self,
        start: Start,
        zygote: Option<Arc<Zygote>>,
    ) -> Result<Child, SandboxError> {
        let made = async {
            match zygote {
                Some(zygote) => self.forked(start, zygote).await,
                None => self.started(start).await,
            }
        };
        let late = |_| SandboxError::host("a box's interpreter was not made in time");
        timeout(FORK_TIMEOUT, made).await.map_err(late)?
    }

    /// A fork of the zygote.
    async fn forked(&self, start: Start, zygote: Arc<Zygote>) -> Result<Child, SandboxError> {
        let failed =
            |error: io::Error| SandboxError::host(format!("the warm interpreter does not listen: {error}"));
        // A script gets a smaller share of the processor with its order.
        let limits: Vec<(&str, u64)> = program_limits(&start)
            .into_iter()
            .map(|(name, _, value)| (name, value))
            .chain([("CPU", SESSION_CPU_S)])
            .collect();
        wire::send(&self.control, &Request::Adopt(start), &[]).map_err(|error| box_gone(&error))?;
        // The ways into the box: nobody but its init can open them, since it is undumpable.
        let socket = register(self.control.as_fd())?;
        let (reply, ways) = next_reply(&socket, &mut vec![0; 4096]).await?;
        if reply != Reply::Started {
            return Err(unexpected(reply));
        }
        let ((out, stdout), (err, stderr)) = (stream()?, stream()?);
        let (orders, source) = wire::socket_pair().map_err(failed)?;
        let (words, theirs) = wire::socket_pair().map_err(failed)?;
        let fds: Vec<_> =
            ways.iter().chain([&stdout, &stderr, &source, &theirs]).map(OwnedFd::as_fd).collect();
        zygote.ask(&limits, &fds).map_err(failed)?;
        drop((stdout, stderr, source, theirs));
        let words = register(words)?;
        let Word::Forked(process) = next_word(Some(&words)).await? else {
            return Err(SandboxError::host("the warm interpreter could not enter a box"));
        };
        account(self.group.as_ref(), &process)?;
        // It waits for this before it goes on.
        wire::send_bytes(words.get_ref(), b"G", &[], SendFlags::empty()).map_err(|error| box_gone(&error))?;
        let (process, orders) = (register(process)?, register(orders)?);
        let mut child = Child { process, words: Some(words), orders, out, err, zygote: Some(zygote) };
        child.confined().await?;
        Ok(child)
    }

    /// An interpreter of its own.
    async fn started(&self, mut start: Start) -> Result<Child, SandboxError> {
        let failed = |error: io::Error| SandboxError::host(format!("cannot make a socket: {error}"));
        let ((out, stdout), (err, stderr)) = (stream()?, stream()?);
        let (orders, source) = wire::socket_pair().map_err(failed)?;
        let source_text = format!(
            "{SESSION}\ncells = socket.socket(fileno=CELLS)\ncells.set_inheritable(False)\nserve_cells(cells, next_order(cells))\n"
        );
        start.argv = ["python3", "-c", &source_text].map(str::to_owned).to_vec();
        let fds = [stdout.as_fd(), stderr.as_fd(), source.as_fd()];
        wire::send(&self.control, &Request::Start(start), &fds).map_err(|error| box_gone(&error))?;
        let socket = register(self.control.as_fd())?;
        let (reply, mut fds) = next_reply(&socket, &mut vec![0; 4096]).await?;
        let (Reply::Started, Some(process)) = (&reply, fds.pop()) else { return Err(unexpected(reply)) };
        let (process, orders) = (register(process)?, register(orders)?);
        Ok(Child { process, words: None, orders, out, err, zygote: None })
    }
}

/// A child that nobody waits for, bound to no runtime.
pub(crate) struct Parked {
    process: OwnedFd,
    words: Option<OwnedFd>,
    orders: OwnedFd,
    out: OwnedFd,
    err: OwnedFd,
    zygote: Option<Arc<Zygote>>,
}

impl Parked {
    /// Binds it to the current runtime.
    ///
    /// # Errors
    /// The runtime cannot wait for its descriptors.
    pub(crate) fn wake(self) -> Result<Child, SandboxError> {
        Ok(Child {
            process: register(self.process)?,
            words: self.words.map(register).transpose()?,
            orders: register(self.orders)?,
            out: Stream::new(self.out)?,
            err: Stream::new(self.err)?,
            zygote: self.zygote,
        })
    }

    /// Whether it has not ended.
    pub(crate) fn is_running(&self) -> bool {
        is_running(&self.process)
    }
}

/// Whether a process has not ended: its descriptor is readable once it has.
fn is_running(process: &OwnedFd) -> bool {
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&now)) == Ok(0)
}

impl Child {
    /// Unbinds it from the runtime.
    pub(crate) fn park(self) -> Parked {
        Parked {
            process: self.process.into_inner(),
            words: self.words.map(AsyncFd::into_inner),
            orders: self.orders.into_inner(),
            out: self.out.into_inner(),
            err: self.err.into_inner(),
            zygote: self.zygote,
        }
    }

    /// Waits for its word that it is confined. It has run nobody's code yet, so it can be believed.
    async fn confined(&mut self) -> Result<(), SandboxError> {
        let mut byte = [0; 2];
        let said = self
            .orders
            .async_io(Interest::READABLE, |socket| {
                Ok(wire::receive_bytes(socket, &mut byte, RecvFlags::DONTWAIT)?.is_some())
            })
            .await;
        if matches!(said, Ok(true)) {
            return Ok(());
        }
        self.err.begin(COMPLAINT_BYTES);
        self.err.drain(&mut vec![0; COMPLAINT_BYTES as usize]);
        let why = String::from_utf8_lossy(&self.err.end().finish()).trim().to_owned();
        Err(SandboxError::host(format!("a box's interpreter could not be confined: {why}")))
    }

    /// Its number in the box.
    ///
    /// # Errors
    /// It has ended.
    pub(crate) fn pid(&self) -> io::Result<u32> {
        inner_pid(self.process.get_ref())
    }

    /// Whether it has not ended.
    pub(crate) fn is_running(&self) -> bool {
        is_running(self.process.get_ref())
    }

    /// Sends it a signal; it may have ended.
    pub(crate) fn signal(&self, signal: Signal) {
        let _ = pidfd_send_signal(self.process.get_ref(), signal);
    }

    /// Makes it a script: its last order.
    ///
    /// # Errors
    /// It does not listen.
    pub(crate) fn order_script(
        &self,
        cwd: &str,
        cpu_s: u64,
        script: &Script<'_>,
    ) -> Result<(), SandboxError> {
        let cpu_s = cpu_s.to_string();
        let fields: Vec<&str> = [cwd, &cpu_s, &script.options]
            .into_iter()
            .chain(script.argv.iter().map(String::as_str))
            .collect();
        let order = [b"S", fields.join("\0").as_bytes()].concat();
        wire::send_bytes(self.orders.get_ref(), &order, &[], SendFlags::DONTWAIT)
            .map_err(|error| box_gone(&error))
    }

    /// How it ended, as its zygote saw it; 0 if it has none, since then the init knows.
    ///
    /// # Errors
    /// The zygote has ended, and with it this child.
    pub(crate) async fn status(&self) -> Result<i32, SandboxError> {
        // A copy of a session is its parent's child, which waits: nobody tells how it ended.
        if self.words.is_none() {
            return Ok(0);
        }
        let late = |_| SandboxError::host("the warm interpreter does not tell how its child ended");
        match timeout(WORD_TIMEOUT, next_word(self.words.as_ref())).await.map_err(late)?? {
            Word::Ended { status, .. } => Ok(status),
            Word::Forked(_) => Err(SandboxError::host("the warm interpreter spoke out of turn")),
        }
    }
}

/// Puts a process into the box's cgroup, where there is one.
fn account(group: Option<&Group>, process: &OwnedFd) -> Result<(), SandboxError> {
    let Some(group) = group else { return Ok(()) };
    host_pid(process)
        .and_then(|pid| group.attach(pid))
        .map_err(|error| SandboxError::host(format!("cannot account for a box: {error}")))
}

/// The next word of a zygote on its child; never, if there is none.
pub(crate) async fn next_word(child: Option<&AsyncFd<OwnedFd>>) -> Result<Word, SandboxError> {
    let Some(child) = child else { return std::future::pending().await };
    match child.async_io(Interest::READABLE, |socket| zygote::hear(socket.as_fd())).await {
        Ok(Some(word)) => Ok(word),
        Ok(None) => Err(SandboxError::host("the warm interpreter has ended unexpectedly")),
        Err(error) => Err(SandboxError::host(format!("the warm interpreter failed: {error}"))),
    }
}
