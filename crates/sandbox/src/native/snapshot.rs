//! Snapshots of a live session: a fork that goes on, while its parent waits as the state to come back to.
//!
//! A fork copies no memory but page tables, so a session of any size is copied in milliseconds. The work directory is
//! copied with it, through the same narrow door as every file. Snapshots live as long as their box's session.

use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use envy_core::SandboxError;
use rustix::net::{RecvFlags, SendFlags};
use rustix::process::Signal;
use tokio::io::Interest;
use tokio::time::timeout;

use super::child::Child;
use super::files::WorkFiles;
use super::live::Live;
use super::pool::unexpected;
use super::run::{box_gone, next_reply, register, stream};
use super::session::Session;
use super::tree_copy::TreeCopy;
use crate::wire::{self, Reply, Request};

/// Snapshots of one session.
const SNAPSHOTS_MAX: usize = 16;

/// How long a session may take to fork.
const BRANCH_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of its answer: a letter, the copy's number in the box, the count of its own threads.
const ANSWER_BYTES: usize = 9;

/// A state of a session and of the work directory, to come back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Checkpoint(usize);

/// What a checkpoint stands for.
pub(crate) struct Snapshot {
    /// The process that waits.
    session: Session,
    files: Arc<TreeCopy>,
}

impl Live {
    /// Takes a snapshot of the live session and of the work directory.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] without a session, for one with threads, for too many snapshots or too large a directory.
    pub(crate) async fn checkpoint(&mut self) -> Result<Checkpoint, SandboxError> {
        let refused = |why: &str| SandboxError::Refused(why.to_owned());
        if self.snapshots.len() >= SNAPSHOTS_MAX {
            return Err(refused("a session has at most 16 snapshots"));
        }
        let session = self.session.as_ref().filter(|session| session.child.is_running());
        let session = session.ok_or_else(|| refused("there is no live session to take a snapshot of"))?;
        let files = Arc::new(super::workbox::on_files(&self.files, WorkFiles::copy_out).await?);
        let copy = self.branch(session).await?;
        if let Some(session) = self.session.replace(copy) {
            self.snapshots.push(Snapshot { session, files });
        }
        Ok(Checkpoint(self.snapshots.len() - 1))
    }

    /// Puts the session and the work directory back to a snapshot. It stays, so that one can come back to it again and
    /// take another way each time.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] if the snapshot's process has ended: at the memory limit any process may.
    pub(crate) async fn roll_back(&mut self, checkpoint: Checkpoint) -> Result<(), SandboxError> {
        let snapshot =
            self.snapshots.get(checkpoint.0).filter(|snapshot| snapshot.session.child.is_running());
        let gone = || SandboxError::Refused("this snapshot is gone: its session has ended".to_owned());
        let snapshot = snapshot.ok_or_else(gone)?;
        let files = Arc::clone(&snapshot.files);
        // The way that was taken ends here, before the files under it change.
        if let Some(abandoned) = self.session.take() {
            abandoned.child.signal(Signal::KILL);
            // Readable once it has ended.
            let ended = timeout(BRANCH_TIMEOUT, abandoned.child.process.readable()).await;
            ended
                .map_err(|_| SandboxError::host("a session could not be killed in time"))?
                .map_err(|error| box_gone(&error))?
                .retain_ready();
        }
        let snapshot = self.snapshots.get(checkpoint.0).ok_or_else(gone)?;
        let session = self.branch(&snapshot.session).await?;
        super::workbox::on_files(&self.files, move |folder| folder.copy_in(&files)).await?;
        self.session = Some(session);
        Ok(())
    }

    /// Has a session's process fork and gives the copy.
    async fn branch(&self, session: &Session) -> Result<Session, SandboxError> {
        let failed = |error: std::io::Error| SandboxError::host(format!("cannot make a socket: {error}"));
        let ((out, stdout), (err, stderr)) = (stream()?, stream()?);
        let (orders, source) = wire::socket_pair().map_err(failed)?;
        let fds = [source.as_fd(), stdout.as_fd(), stderr.as_fd()];
        let parent = &session.child.orders;
        wire::send_bytes(parent.get_ref(), b"F", &fds, SendFlags::DONTWAIT)
            .map_err(|error| box_gone(&error))?;
        let mut buffer = [0; ANSWER_BYTES];
        let answer = parent.async_io(Interest::READABLE, |socket| {
            let packet = wire::receive_bytes(socket, &mut buffer, RecvFlags::DONTWAIT)?;
            Ok(packet.and_then(|(bytes, _)| parse(bytes)))
        });
        // Agent code runs in that process: whatever is wrong with its answer is the agent's doing.
        let refused = |why: String| SandboxError::Refused(why);
        let answer = timeout(BRANCH_TIMEOUT, answer)
            .await
            .map_err(|_| refused("the session does not fork".to_owned()))?;
        let pid = match answer.ok().flatten() {
            Some((pid, 1)) if pid > 0 => pid,
            Some((_, threads)) if threads > 1 => {
                return Err(refused(format!(
                    "a session with {threads} threads cannot be copied; end them first"
                )));
            }
            _ => return Err(refused("the session gave no sensible answer".to_owned())),
        };
        let process =
            self.process(pid).await?.ok_or_else(|| refused("the session's copy has ended".to_owned()))?;
        let child = Child {
            process: register(process)?,
            words: None,
            orders: register(orders)?,
            out,
            err,
            zygote: session.child.zygote.clone(),
        };
        Ok(Session { child, cells: session.cells })
    }

    /// A process of the box by its number in it.
    async fn process(&self, pid: u32) -> Result<Option<OwnedFd>, SandboxError> {
        self.tell(&Request::Open { pid })?;
        let socket = register(self.control.as_fd())?;
        match next_reply(&socket, &mut vec![0; 4096]).await? {
            (Reply::Started, mut fds) => Ok(fds.pop()),
            (other, _) => Err(unexpected(other)),
        }
    }
}

/// The copy's number and the count of threads of a session's answer.
fn parse(packet: &[u8]) -> Option<(u32, u32)> {
    let [b'B', a, b, c, d, rest @ ..] = packet else { return None };
    let threads = u32::from_le_bytes(rest.try_into().ok()?);
    Some((u32::from_le_bytes([*a, *b, *c, *d]), threads))
}
