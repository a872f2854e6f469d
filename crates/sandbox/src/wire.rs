//! Messages between the supervisor, the jailer and the init of a box: one packet each, small and typed.
//!
//! The sockets are private to our own processes; a program in a box never holds one. Packets are still decoded as if
//! they came from an enemy: every read is bounded and a malformed packet is an error, never a panic.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{RecvFlags, SendFlags};

pub(crate) use crate::packet::{Malformed, PACKET_BYTES_MAX, receive_bytes, send_bytes, socket_pair};

/// What the supervisor asks of the jailer and of an init.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// To the launcher, once: go into the namespaces.
    Launch {
        /// The folder that holds `usr/` and `etc/`.
        tree: String,
        /// First host id and count that the jailer's ids are mapped to; `None` maps to the caller's own.
        ids: Option<(u32, u32)>,
        /// Folders to remove when everything is over.
        leftovers: Vec<String>,
        /// Memory is accounted by a cgroup, so memory files are safe to allow.
        accounted: bool,
    },
    /// To the jailer, with the init's end of its socket: make a box whose user is this id of the jailer's.
    NewBox {
        /// Id in the jailer's user namespace.
        id: u32,
    },
    /// To an init: fix the limits of the box and mount its work directory.
    Arm {
        /// Bytes of the work directory.
        disk_bytes: u64,
        /// Files and folders of the work directory.
        inodes: u64,
        /// The name of a folder in it that is sealed once the supervisor has filled it; empty for none.
        sealed: String,
    },
    /// To an init that has sent [`Reply::Furnish`]: the folder is filled, nothing may write to it from now on.
    Seal,
    /// To the jailer, with the zygote's end of its socket: start an interpreter that imports these packages.
    NewZygote {
        /// Names to import, as far as the runtime has them.
        preload: Vec<String>,
    },
    /// To an init, with stdout and stderr, and with what becomes descriptor 3 if the program takes orders: start it.
    Start(Start),
    /// To an init: somebody else puts a program into the box. It answers with the ways in.
    Adopt(Start),
    /// To an init: the run goes on in a process that is there already.
    Begin(Start),
    /// To an init: a started or adopted program is no run but stays, and no end of a run kills it or what it started; 0
    /// ends that.
    Keep {
        /// Its number in the box.
        pid: u32,
    },
    /// To an init: a descriptor of a process of the box.
    Open {
        /// Its number in the box.
        pid: u32,
    },
    /// To an init: what was adopted or begun has ended with this exit code, or minus the signal.
    Finish {
        /// As in [`Ended`].
        status: i32,
    },
    /// To an init: kill everything.
    Kill,
    /// To a launcher: become the init of the one box of this container, whose programs run as this user.
    Plain {
        /// Its number, and that of its group.
        user: u32,
    },
}

/// A program to start and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    /// Program and arguments.
    pub(crate) argv: Vec<String>,
    /// Working directory, absolute in the box.
    pub(crate) cwd: String,
    /// Processes and threads.
    pub(crate) processes: u32,
    /// Memory of the tree, bytes.
    pub(crate) memory_bytes: u64,
    /// Bytes of one file.
    pub(crate) file_bytes: u64,
    /// Processor seconds of one process.
    pub(crate) cpu_s: u64,
    /// No cgroup counts memory and processes: sample them.
    pub(crate) watched: bool,
}

/// What the jailer and an init answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The jailer stands.
    Ready,
    /// A box was made (with its pidfd), or an init is set up.
    Born,
    /// The folder that will be sealed is there (with its descriptor), to be filled.
    Furnish,
    /// The work directory is there (with its descriptor, and that of a sealed folder).
    Armed,
    /// The program is forked, or the process found (with its pidfd); or, for an adopted one, the box's namespaces and rules for whoever forks it.
    Started,
    /// The program and everything it started are gone.
    Ended(Ended),
    /// The program cannot be run: it is not there, or is none.
    Unrunnable {
        /// Its path, or the folder it was to run in.
        what: String,
        /// The kernel's error number.
        errno: i32,
    },
    /// A step failed.
    Failed {
        /// Which.
        step: String,
        /// The kernel's error number, or 0.
        errno: i32,
    },
}

/// How a run ended, as init saw it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ended {
    /// The exit code, or minus the signal.
    pub(crate) status: i32,
    /// The watchdog found more memory than allowed and killed the tree.
    pub(crate) memory_exceeded: bool,
    /// The number of processes was seen at its limit.
    pub(crate) processes_full: bool,
    /// The work directory or a temporary one was full at the end.
    pub(crate) disk_full: bool,
    /// Processor time of what the init has reaped since the box was made, microseconds.
    pub(crate) cpu_us: u64,
}

/// A message that can be a packet.
pub(crate) trait Message: Sized {
    /// As bytes.
    fn encode(&self) -> Vec<u8>;
    /// From bytes.
    fn decode(bytes: &[u8]) -> Result<Self, Malformed>;
}

#[derive(Default)]
struct Encoder(Vec<u8>);

impl Encoder {
    fn tag(tag: u8) -> Self {
        Self(vec![tag])
    }

    fn u32(mut self, value: u32) -> Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn u64(mut self, value: u64) -> Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn flag(mut self, value: bool) -> Self {
        self.0.push(u8::from(value));
        self
    }

    fn text(self, value: &str) -> Self {
        let mut longer = self.u32(value.len() as u32);
        longer.0.extend_from_slice(value.as_bytes());
        longer
    }

    fn texts(self, values: &[String]) -> Self {
        values.iter().fold(self.u32(values.len() as u32), |encoder, value| encoder.text(value))
    }
}

struct Decoder<'a>(&'a [u8]);

impl Decoder<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, rest) = self.0.split_first_chunk().ok_or(Malformed)?;
        self.0 = rest;
        Ok(*head)
    }

    fn u32(&mut self) -> Result<u32, Malformed> {
        self.take().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, Malformed> {
        self.take().map(u64::from_le_bytes)
    }

    fn flag(&mut self) -> Result<bool, Malformed> {
        match self.take()? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err(Malformed),
        }
    }

    fn text(&mut self) -> Result<String, Malformed> {
        let length = self.u32()? as usize;
        let (head, rest) = self.0.split_at_checked(length).ok_or(Malformed)?;
        self.0 = rest;
        std::str::from_utf8(head).map(str::to_owned).map_err(|_| Malformed)
    }

    fn texts(&mut self) -> Result<Vec<String>, Malformed> {
        // Each text takes four bytes at least, so the count is bounded by what is there before any is stored.
        let count = self.u32()? as usize;
        if count > self.0.len() / 4 {
            return Err(Malformed);
        }
        (0..count).map(|_| self.text()).collect()
    }

    fn end<T>(self, value: T) -> Result<T, Malformed> {
        if self.0.is_empty() { Ok(value) } else { Err(Malformed) }
    }
}

impl Start {
    fn put(&self, encoder: Encoder) -> Encoder {
        encoder
            .texts(&self.argv)
            .text(&self.cwd)
            .u32(self.processes)
            .u64(self.memory_bytes)
            .u64(self.file_bytes)
            .u64(self.cpu_s)
            .flag(self.watched)
    }

    fn take(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            argv: from.texts()?,
            cwd: from.text()?,
            processes: from.u32()?,
            memory_bytes: from.u64()?,
            file_bytes: from.u64()?,
            cpu_s: from.u64()?,
            watched: from.flag()?,
        })
    }
}

impl Message for Request {
    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Launch { tree, ids, leftovers, accounted } => {
                let (first, count) = ids.unwrap_or((0, 0));
                let head = Encoder::tag(1).text(tree).flag(ids.is_some()).u32(first).u32(count);
                head.texts(leftovers).flag(*accounted)
            }
            Self::NewBox { id } => Encoder::tag(2).u32(*id),
            Self::Arm { disk_bytes, inodes, sealed } => {
                Encoder::tag(3).u64(*disk_bytes).u64(*inodes).text(sealed)
            }
            Self::Start(start) => start.put(Encoder::tag(4)),
            Self::Kill => Encoder::tag(5),
            Self::Adopt(start) => start.put(Encoder::tag(6)),
            Self::Finish { status } => Encoder::tag(7).u32(*status as u32),
            Self::NewZygote { preload } => Encoder::tag(8).texts(preload),
            Self::Begin(start) => start.put(Encoder::tag(9)),
            Self::Keep { pid } => Encoder::tag(10).u32(*pid),
            Self::Open { pid } => Encoder::tag(11).u32(*pid),
            Self::Plain { user } => Encoder::tag(12).u32(*user),
            Self::Seal => Encoder::tag(13),
        }
        .0
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut from = Decoder(bytes);
        let message = match from.take()? {
            [1] => {
                let tree = from.text()?;
                let (mapped, first, count) = (from.flag()?, from.u32()?, from.u32()?);
                let leftovers = from.texts()?;
                let ids = mapped.then_some((first, count));
                Self::Launch { tree, ids, leftovers, accounted: from.flag()? }
            }
            [2] => Self::NewBox { id: from.u32()? },
            [3] => Self::Arm { disk_bytes: from.u64()?, inodes: from.u64()?, sealed: from.text()? },
            [4] => Self::Start(Start::take(&mut from)?),
            [5] => Self::Kill,
            [6] => Self::Adopt(Start::take(&mut from)?),
            [7] => Self::Finish { status: from.u32()? as i32 },
            [8] => Self::NewZygote { preload: from.texts()? },
            [9] => Self::Begin(Start::take(&mut from)?),
            [10] => Self::Keep { pid: from.u32()? },
            [11] => Self::Open { pid: from.u32()? },
            [12] => Self::Plain { user: from.u32()? },
            [13] => Self::Seal,
            _ => return Err(Malformed),
        };
        from.end(message)
    }
}

impl Message for Reply {
    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Ready => Encoder::tag(1),
            Self::Born => Encoder::tag(2),
            Self::Armed => Encoder::tag(3),
            Self::Started => Encoder::tag(4),
            Self::Ended(ended) => Encoder::tag(5)
                .u32(ended.status as u32)
                .flag(ended.memory_exceeded)
                .flag(ended.processes_full)
                .flag(ended.disk_full)
                .u64(ended.cpu_us),
            Self::Failed { step, errno } => Encoder::tag(6).text(step).u32(*errno as u32),
            Self::Unrunnable { what, errno } => Encoder::tag(7).text(what).u32(*errno as u32),
            Self::Furnish => Encoder::tag(8),
        }
        .0
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut from = Decoder(bytes);
        let message = match from.take()? {
            [1] => Self::Ready,
            [2] => Self::Born,
            [3] => Self::Armed,
            [4] => Self::Started,
            [5] => Self::Ended(Ended {
                status: from.u32()? as i32,
                memory_exceeded: from.flag()?,
                processes_full: from.flag()?,
                disk_full: from.flag()?,
                cpu_us: from.u64()?,
            }),
            [6] => Self::Failed { step: from.text()?, errno: from.u32()? as i32 },
            [7] => Self::Unrunnable { what: from.text()?, errno: from.u32()? as i32 },
            [8] => Self::Furnish,
            _ => return Err(Malformed),
        };
        from.end(message)
    }
}

/// Sends one message with descriptors.
///
/// # Errors
/// The other end is gone, or the message is longer than [`PACKET_BYTES_MAX`].
pub(crate) fn send(socket: impl AsFd, message: &impl Message, fds: &[BorrowedFd<'_>]) -> io::Result<()> {
    send_bytes(socket, &message.encode(), fds, SendFlags::empty())
}

/// Receives one message with its descriptors, or `None` once the other end is gone.
///
/// # Errors
/// A malformed packet, or [`io::ErrorKind::WouldBlock`] if `flags` ask not to wait.
pub(crate) fn receive<T: Message>(
    socket: impl AsFd,
    buffer: &mut [u8],
    flags: RecvFlags,
) -> io::Result<Option<(T, Vec<OwnedFd>)>> {
    match receive_bytes(socket, buffer, flags)? {
        Some((bytes, fds)) => Ok(Some((T::decode(bytes)?, fds))),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use envy_core::Seed;

    fn start() -> Start {
        Start {
            argv: vec!["python3".to_owned(), "-c".to_owned(), "print('é')".to_owned()],
            cwd: "/work/a".to_owned(),
            processes: 64,
            memory_bytes: 2 << 30,
            file_bytes: 256 << 20,
            cpu_s: 61,
            watched: false,
        }
    }

    fn requests() -> Vec<Request> {
        vec![
            Request::Launch {
                tree: "/opt/tree".to_owned(),
                ids: Some((1_900_000_000, 65_536)),
                leftovers: vec!["/sys/fs/cgroup/x".to_owned()],
                accounted: true,
            },
            Request::Launch { tree: "/".to_owned(), ids: None, leftovers: Vec::new(), accounted: false },
            Request::NewBox { id: 7 },
            Request::Arm { disk_bytes: 1 << 20, inodes: 100, sealed: "files".to_owned() },
            Request::Seal,
            Request::Start(start()),
            Request::Kill,
            Request::Adopt(start()),
            Request::Finish { status: -9 },
            Request::NewZygote { preload: vec!["numpy".to_owned()] },
            Request::Begin(start()),
            Request::Keep { pid: 3 },
            Request::Open { pid: 4 },
            Request::Plain { user: 20_000 },
        ]
    }

    fn replies() -> Vec<Reply> {
        let ended =
            Ended { status: -9, memory_exceeded: true, processes_full: false, disk_full: true, cpu_us: 5 };
        vec![
            Reply::Ready,
            Reply::Born,
            Reply::Armed,
            Reply::Furnish,
            Reply::Started,
            Reply::Ended(ended),
            Reply::Unrunnable { what: "/usr/bin/none".to_owned(), errno: 2 },
            Reply::Failed { step: "mount /proc".to_owned(), errno: 1 },
        ]
    }

    #[test]
    fn every_message_comes_back_as_it_was() {
        for request in requests() {
            assert_eq!(Request::decode(&request.encode()), Ok(request));
        }
        for reply in replies() {
            assert_eq!(Reply::decode(&reply.encode()), Ok(reply));
        }
    }

    #[test]
    fn a_cut_or_longer_packet_is_malformed() {
        for bytes in requests().iter().map(Message::encode).chain(replies().iter().map(Message::encode)) {
            for cut in 0..bytes.len() {
                assert!(Request::decode(&bytes[..cut]).is_err() || Reply::decode(&bytes[..cut]).is_err());
            }
            let longer = [bytes.as_slice(), &[0]].concat();
            assert!(Request::decode(&longer).is_err() && Reply::decode(&longer).is_err());
        }
    }

    #[test]
    fn garbage_never_panics_and_what_decodes_encodes_the_same() {
        let mut rng = Seed::named("sandbox/wire-garbage").rng();
        let samples = requests();
        for round in 0..20_000 {
            let mut bytes = samples[round % samples.len()].encode();
            for _ in 0..=rng.below(3) {
                let at = rng.below(bytes.len());
                bytes[at] = rng.below(256) as u8;
            }
            if let Ok(request) = Request::decode(&bytes) {
                assert_eq!(request.encode().len(), bytes.len());
            }
            if let Ok(reply) = Reply::decode(&bytes) {
                assert_eq!(reply.encode(), bytes);
            }
        }
    }

    #[test]
    fn descriptors_travel_with_their_message() {
        let (ours, theirs) = socket_pair().unwrap();
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        send(&ours, &Reply::Started, &[writer.as_fd()]).unwrap();
        drop(writer);
        let mut buffer = vec![0; PACKET_BYTES_MAX];
        let (reply, fds) = receive::<Reply>(&theirs, &mut buffer, RecvFlags::empty()).unwrap().unwrap();
        assert_eq!((reply, fds.len()), (Reply::Started, 1));
        rustix::io::write(&fds[0], b"x").unwrap();
        drop(fds);
        let mut byte = [0; 2];
        assert_eq!(rustix::io::read(&reader, &mut byte).unwrap(), 1);
        drop(ours);
        assert!(receive::<Reply>(&theirs, &mut buffer, RecvFlags::empty()).unwrap().is_none());
    }
}
