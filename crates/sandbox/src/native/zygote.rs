//! The supervisor's end of the zygote: which commands it can run, and how it is asked.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use envy_core::SandboxError;
use rustix::net::{RecvFlags, SendFlags};
use tokio::io::Interest;
use tokio::sync::oneshot;

use super::pool::Pool;
use crate::sys;
use crate::wire::{self, Start};

const IMPORTING: u8 = 0;
const READY: u8 = 1;
const DEAD: u8 = 2;

/// A zygote, from the moment it was started.
pub(crate) struct Zygote {
    socket: OwnedFd,
    state: AtomicU8,
}

/// What a zygote says about one child.
#[derive(Debug)]
pub(crate) enum Word {
    /// It is forked and waits; its process descriptor.
    Forked(OwnedFd),
    /// It has ended with this code, or minus the signal.
    Ended(i32),
}

impl Zygote {
    /// The zygote behind a socket.
    pub(crate) fn new(socket: OwnedFd) -> Self {
        Self { socket, state: AtomicU8::new(IMPORTING) }
    }

    /// Whether its imports are done and it is still there.
    pub(crate) fn is_ready(&self) -> bool {
        let mut byte = [0];
        match rustix::net::recv(&self.socket, &mut byte, RecvFlags::DONTWAIT) {
            Ok((_, 1)) => self.state.store(READY, Ordering::Release),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => {}
            Ok(_) | Err(_) => self.state.store(DEAD, Ordering::Release),
        }
        self.state.load(Ordering::Acquire) == READY
    }

    /// Whether it has ended.
    pub(crate) fn is_dead(&self) -> bool {
        !self.is_ready() && self.state.load(Ordering::Acquire) == DEAD
    }

    /// Waits until it is ready; false if it ended instead.
    ///
    /// # Errors
    /// The runtime cannot wait for its socket.
    pub(crate) async fn wait(&self) -> io::Result<bool> {
        let socket = sys::watch_readable(std::os::fd::AsFd::as_fd(&self.socket))?;
        socket
            .async_io(Interest::READABLE, |_| match (self.is_ready(), self.is_dead()) {
                (true, _) => Ok(true),
                (false, true) => Ok(false),
                (false, false) => Err(io::ErrorKind::WouldBlock.into()),
            })
            .await
    }

    /// Asks for a child. The descriptors are the box's namespaces and rules as its init gave them, where the child prints
    /// to, and where the zygote reports on it.
    ///
    /// # Errors
    /// The zygote is gone, or has more to do than its socket holds.
    pub(crate) fn ask(
        &self,
        start: &Start,
        limits: &[(&str, u64)],
        fds: &[BorrowedFd<'_>],
    ) -> io::Result<()> {
        let mut fields = vec![start.cwd.clone(), start.cpu_s.to_string(), limits.len().to_string()];
        for (name, value) in limits {
            fields.extend([(*name).to_owned(), value.to_string()]);
        }
        // The program's own name is for the kernel; the zygote is it already.
        fields.extend(start.argv.iter().skip(1).cloned());
        wire::send_bytes(&self.socket, fields.join("\0").as_bytes(), fds, SendFlags::DONTWAIT)
    }
}

/// How often a zygote that dies is replaced; after that every interpreter starts cold.
const ZYGOTES_MAX: u32 = 8;

/// How often an ordered zygote is asked after.
const ORDER_POLL: Duration = Duration::from_millis(2);

/// The backend's zygote, as far as it is.
pub(crate) struct Warmth(Mutex<Stage>);

enum Stage {
    /// There is none and nobody has asked; how many there have been.
    Cold(u32),
    /// It was ordered.
    Ordered(u32, oneshot::Receiver<Result<Zygote, SandboxError>>),
    /// It was started.
    Started(u32, Arc<Zygote>),
}

impl Warmth {
    /// No zygote yet, and none ever if it is not `wanted`.
    pub(crate) fn new(wanted: bool) -> Self {
        Self(Mutex::new(Stage::Cold(if wanted { 0 } else { ZYGOTES_MAX })))
    }

    /// The zygote if its imports are done; the first who asks orders it.
    pub(crate) fn ready(&self, pool: &Pool) -> Option<Arc<Zygote>> {
        self.started(pool).filter(|zygote| zygote.is_ready())
    }

    /// Orders the zygote and waits until its imports are done; false if there is none to be had.
    pub(crate) async fn wait(&self, pool: &Pool) -> bool {
        loop {
            match self.started(pool) {
                Some(zygote) => return zygote.wait().await.unwrap_or(false),
                None if matches!(&*self.lock(), Stage::Cold(_)) => return false,
                None => tokio::time::sleep(ORDER_POLL).await,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Stage> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn started(&self, pool: &Pool) -> Option<Arc<Zygote>> {
        let mut stage = self.lock();
        loop {
            *stage = match &mut *stage {
                Stage::Cold(starts) if *starts < ZYGOTES_MAX => {
                    let (order, answer) = oneshot::channel();
                    pool.order_zygote(order);
                    Stage::Ordered(*starts + 1, answer)
                }
                Stage::Cold(_) => return None,
                Stage::Ordered(starts, answer) => match answer.try_recv() {
                    Ok(Ok(zygote)) => Stage::Started(*starts, Arc::new(zygote)),
                    Err(oneshot::error::TryRecvError::Empty) => return None,
                    Ok(Err(_)) | Err(oneshot::error::TryRecvError::Closed) => Stage::Cold(ZYGOTES_MAX),
                },
                Stage::Started(starts, zygote) if zygote.is_dead() => Stage::Cold(*starts),
                Stage::Started(_, zygote) => return Some(Arc::clone(zygote)),
            };
        }
    }
}

/// Whether a zygote can run this command: `python3 SCRIPT ...` or `python3 -c TEXT ...`, without further options.
pub(crate) fn can_run(argv: &[String]) -> bool {
    match argv {
        [program, script, ..] if program == "python3" && !script.starts_with('-') => !script.is_empty(),
        [program, option, _text, ..] => program == "python3" && option == "-c",
        _ => false,
    }
}

/// Reads one word; `None` once the zygote's end is closed.
///
/// # Errors
/// [`io::ErrorKind::WouldBlock`] if there is none yet; the zygote's own words if it could not fork.
pub(crate) fn hear(socket: BorrowedFd<'_>) -> io::Result<Option<Word>> {
    let mut buffer = [0; 512];
    let Some((bytes, mut fds)) = wire::receive_bytes(socket, &mut buffer, RecvFlags::DONTWAIT)? else {
        return Ok(None);
    };
    match (bytes, fds.pop()) {
        ([b'S'], Some(child)) => Ok(Some(Word::Forked(child))),
        ([b'F', why @ ..], None) => Err(io::Error::other(String::from_utf8_lossy(why).into_owned())),
        (&[a, b, c, d], None) => Ok(Some(Word::Ended(i32::from_le_bytes([a, b, c, d])))),
        _ => Err(wire::Malformed.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_scripts_and_texts_go_to_a_zygote() {
        let can = |words: &[&str]| can_run(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
        assert!(can(&["python3", "clean.py"]) && can(&["python3", "/work/x.py", "-v"]));
        assert!(can(&["python3", "-c", "pass", "x"]));
        for other in [
            &["python3"][..],
            &["python3", "-m", "venv"],
            &["python3", "-c"],
            &["python3", ""],
            &["python3", "-I", "x.py"],
            &["bash", "-c", "x"],
            &["/usr/bin/python3", "x.py"],
        ] {
            assert!(!can(other), "{other:?}");
        }
    }

    #[test]
    fn garbage_from_a_zygote_is_an_error_and_its_end_is_none() {
        let (ours, theirs) = wire::socket_pair().unwrap();
        let hear = || hear(std::os::fd::AsFd::as_fd(&ours));
        for bytes in [&b"S"[..], b"x", b"12345", b"Fno"] {
            wire::send_bytes(&theirs, bytes, &[], SendFlags::empty()).unwrap();
            assert!(hear().is_err(), "{bytes:?}");
        }
        wire::send_bytes(&theirs, &(-9i32).to_le_bytes(), &[], SendFlags::empty()).unwrap();
        assert!(matches!(hear(), Ok(Some(Word::Ended(-9)))));
        assert_eq!(hear().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(theirs);
        assert!(hear().unwrap().is_none());
    }
}
