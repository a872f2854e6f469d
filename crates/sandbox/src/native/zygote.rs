//! The supervisor's end of the zygote: which commands it can run, and how it is asked.

use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use envy_core::SandboxError;
use rustix::net::{RecvFlags, SendFlags};
use tokio::io::Interest;
use tokio::sync::oneshot;

use super::pool::Pool;
use crate::sys;
use crate::wire;

const IMPORTING: u8 = 0;
const READY: u8 = 1;
const DEAD: u8 = 2;

/// A zygote, from the moment it was started.
pub(crate) struct Zygote {
    socket: OwnedFd,
    state: AtomicU8,
    children: AtomicU32,
}

/// What a zygote says about one child.
#[derive(Debug)]
pub(crate) enum Word {
    /// It is forked and waits; its process descriptor.
    Forked(OwnedFd),
    /// It has ended.
    Ended {
        /// With this code, or minus the signal.
        status: i32,
        /// Its processor time and that of what it waited for, microseconds.
        cpu_us: u64,
    },
}

impl Zygote {
    /// The zygote behind a socket.
    pub(crate) fn new(socket: OwnedFd) -> Self {
        Self { socket, state: AtomicU8::new(IMPORTING), children: AtomicU32::new(0) }
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

    /// How many children it was asked for.
    fn children(&self) -> u32 {
        self.children.load(Ordering::Relaxed)
    }

    /// Waits until it is ready; false if it ended instead.
    ///
    /// # Errors
    /// The runtime cannot wait for its socket.
    pub(crate) async fn wait(&self) -> io::Result<bool> {
        // Its word comes once; whoever asks after somebody took it must not wait for another.
        if self.is_ready() || self.is_dead() {
            return Ok(self.is_ready());
        }
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
    /// to, where it takes orders, and where the zygote reports on it.
    ///
    /// # Errors
    /// The zygote is gone, or has more to do than its socket holds.
    pub(crate) fn ask(&self, limits: &[(&str, u64)], fds: &[BorrowedFd<'_>]) -> io::Result<()> {
        self.children.fetch_add(1, Ordering::Relaxed);
        let fields: Vec<String> =
            limits.iter().flat_map(|(name, value)| [(*name).to_owned(), value.to_string()]).collect();
        wire::send_bytes(&self.socket, fields.join("\0").as_bytes(), fds, SendFlags::DONTWAIT)
    }
}

/// How often a zygote that dies is replaced; after that every interpreter starts cold.
const ZYGOTES_MAX: u32 = 8;

/// How often an ordered zygote is asked after.
const ORDER_POLL: Duration = Duration::from_millis(2);

/// The backend's zygote, as far as it is.
pub(crate) struct Warmth {
    stage: Mutex<Stage>,
    /// Children of one zygote before a successor takes its place.
    children_max: u32,
}

type Order = oneshot::Receiver<Result<Zygote, SandboxError>>;

enum Stage {
    /// There is none and nobody has asked; how many there have been.
    Cold(u32),
    /// It was ordered.
    Ordered(u32, Order),
    /// It was started; and what is to come after it, once it is worn.
    Started(u32, Arc<Zygote>, Successor),
}

/// The next zygote.
enum Successor {
    None,
    Ordered(Order),
    Importing(Arc<Zygote>),
}

impl Successor {
    /// Orders it if `predecessor` is worn, and gives it once its imports are done.
    fn step(&mut self, predecessor: &Zygote, children_max: u32, pool: &Pool) -> Option<Arc<Zygote>> {
        match self {
            Self::None if predecessor.children() >= children_max => {
                let (order, answer) = oneshot::channel();
                pool.order_zygote(order);
                *self = Self::Ordered(answer);
            }
            Self::Ordered(answer) => match answer.try_recv() {
                Ok(Ok(zygote)) => *self = Self::Importing(Arc::new(zygote)),
                Err(oneshot::error::TryRecvError::Empty) => {}
                Ok(Err(_)) | Err(oneshot::error::TryRecvError::Closed) => *self = Self::None,
            },
            Self::Importing(zygote) if zygote.is_ready() => return Some(Arc::clone(zygote)),
            Self::Importing(zygote) if zygote.is_dead() => *self = Self::None,
            Self::None | Self::Importing(_) => {}
        }
        None
    }
}

impl Warmth {
    /// No zygote yet, and none ever if it is not `wanted`.
    pub(crate) fn new(wanted: bool, children_max: u32) -> Self {
        let stage = Stage::Cold(if wanted { 0 } else { ZYGOTES_MAX });
        Self { stage: Mutex::new(stage), children_max }
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
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
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
                    Ok(Ok(zygote)) => Stage::Started(*starts, Arc::new(zygote), Successor::None),
                    Err(oneshot::error::TryRecvError::Empty) => return None,
                    Ok(Err(_)) | Err(oneshot::error::TryRecvError::Closed) => Stage::Cold(ZYGOTES_MAX),
                },
                Stage::Started(starts, zygote, _) if zygote.is_dead() => Stage::Cold(*starts),
                Stage::Started(starts, zygote, successor) => {
                    match successor.step(zygote, self.children_max, pool) {
                        // The old one lives on until the last of its children has ended.
                        Some(next) => Stage::Started(*starts, next, Successor::None),
                        None => return Some(Arc::clone(zygote)),
                    }
                }
            };
        }
    }
}

/// A command that a zygote's child can become: `python3 SCRIPT ...` or `python3 -c TEXT ...`, with `-u` and `-I` at most.
pub(crate) struct Script<'a> {
    /// The letters of its options.
    pub(crate) options: String,
    /// The script or `-c` and its text, then what it sees as its arguments.
    pub(crate) argv: &'a [String],
}

impl<'a> Script<'a> {
    /// The script behind a command line, if a zygote's child can become it.
    pub(crate) fn parse(argv: &'a [String]) -> Option<Self> {
        let (program, mut rest) = argv.split_first()?;
        if program != "python3" {
            return None;
        }
        let mut options = String::new();
        while let [option, after @ ..] = rest {
            match option.as_str() {
                "-u" | "-I" => options.push_str(&option[1..]),
                "-c" if !after.is_empty() => break,
                script if script.is_empty() || script.starts_with('-') => return None,
                _ => break,
            }
            rest = after;
        }
        (!rest.is_empty()).then_some(Self { options, argv: rest })
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
        (bytes, None) => ended(bytes).map(Some).ok_or(wire::Malformed.into()),
        _ => Err(wire::Malformed.into()),
    }
}

fn ended(bytes: &[u8]) -> Option<Word> {
    let (status, rest) = bytes.split_first_chunk()?;
    let cpu_us = u64::from_le_bytes(rest.try_into().ok()?);
    Some(Word::Ended { status: i32::from_le_bytes(*status), cpu_us })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_scripts_and_texts_go_to_a_zygote() {
        let parse = |words: &[&str]| {
            let argv: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            Script::parse(&argv).map(|script| (script.options.clone(), script.argv.join(" ")))
        };
        let script = |options: &str, argv: &str| Some((options.to_owned(), argv.to_owned()));
        assert_eq!(parse(&["python3", "clean.py"]), script("", "clean.py"));
        assert_eq!(parse(&["python3", "/work/x.py", "-v"]), script("", "/work/x.py -v"));
        assert_eq!(parse(&["python3", "-c", "pass", "x"]), script("", "-c pass x"));
        assert_eq!(parse(&["python3", "-u", "-I", "x.py"]), script("uI", "x.py"));
        for other in [
            &["python3"][..],
            &["python3", "-m", "venv"],
            &["python3", "-c"],
            &["python3", ""],
            &["python3", "-u"],
            &["python3", "-O", "x.py"],
            &["bash", "-c", "x"],
            &["/usr/bin/python3", "x.py"],
        ] {
            assert_eq!(parse(other), None, "{other:?}");
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
        let word = [&(-9i32).to_le_bytes()[..], &7u64.to_le_bytes()].concat();
        wire::send_bytes(&theirs, &word, &[], SendFlags::empty()).unwrap();
        assert!(matches!(hear(), Ok(Some(Word::Ended { status: -9, cpu_us: 7 }))));
        assert_eq!(hear().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(theirs);
        assert!(hear().unwrap().is_none());
    }
}
