//! What passes between this process and the one in the container: JSON messages, each after its length.
//!
//! The container is ours, but what runs in it is the agent's; should that ever take the server over, what comes from
//! there is still only bounded bytes of a known shape, and becomes no more than a box's own answers could be.

use std::collections::VecDeque;

use envy_core::{BoxFile, BoxUsage, Cell, CellResult, Exec, ExecResult, JobLimits, SandboxError};
use serde::{Deserialize, Serialize};

/// Raised when a message changes its meaning.
pub(crate) const PROTOCOL: u32 = 1;

/// Bytes of one message: the files of a box, escaped.
pub(crate) const MESSAGE_BYTES_MAX: usize = 1 << 30;

/// What the server says first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// The protocol that it speaks.
    pub(crate) protocol: u32,
    /// What its boxes are, such as `native (strict, cgroup v2)`.
    pub(crate) sandbox: String,
    /// The digest of the lock of its runtime.
    pub(crate) runtime: String,
}

#[cfg(any(test, target_os = "linux"))]
impl Hello {
    /// The greeting of this release.
    pub(crate) fn new(sandbox: &str, runtime: &str) -> Self {
        Self { protocol: PROTOCOL, sandbox: sandbox.to_owned(), runtime: runtime.to_owned() }
    }
}

/// To the server.
#[derive(Serialize, Deserialize)]
pub(crate) enum Order {
    /// Do something with a box and answer.
    Ask {
        /// Which box; the first order of a box opens it.
        place: u64,
        /// What the answer is to carry.
        ticket: u64,
        /// What to do.
        ask: Ask,
    },
    /// Whoever waited for the box's last answer has given up: what runs in it is to end.
    GiveUp {
        /// Which box.
        place: u64,
    },
    /// The box is dropped.
    Close {
        /// Which box.
        place: u64,
    },
}

/// One thing to do with a box.
#[derive(Serialize, Deserialize)]
pub(crate) enum Ask {
    /// As [`envy_core::Sandbox::open`].
    Open {
        /// Files of the work directory.
        files: Vec<BoxFile>,
        /// Limits of the box.
        limits: JobLimits,
    },
    /// As [`envy_core::Workbox::exec`].
    Exec(Exec),
    /// As [`envy_core::Workbox::cell`].
    Cell(Cell),
    /// As [`envy_core::Workbox::read`].
    Read {
        /// Which file.
        path: String,
        /// Its cap.
        bytes_max: u64,
    },
    /// As [`envy_core::Workbox::write`].
    Write(BoxFile),
    /// As [`envy_core::Workbox::list`].
    List(String),
}

/// From the server.
#[derive(Serialize, Deserialize)]
pub(crate) enum Word {
    /// It stands.
    Hello(Hello),
    /// It cannot serve: the host refuses to isolate.
    Sorry(SandboxError),
    /// The answer to an order.
    Answer {
        /// The order's.
        ticket: u64,
        /// What came of it.
        answer: Result<Answer, SandboxError>,
    },
}

/// What came of an order.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// Done.
    Done,
    /// A run, and what the box has used so far.
    Ran(ExecResult, BoxUsage),
    /// A cell, and what the box has used so far.
    Cell(CellResult, BoxUsage),
    /// A file's content.
    Content(Option<Content>),
    /// A folder's entries.
    Names(Vec<String>),
}

/// Bytes, written as text where they are text.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Content(#[serde(with = "envy_core::bytes")] pub(crate) Vec<u8>);

/// A message with its length before it.
pub(crate) fn frame(message: &impl Serialize) -> Result<Vec<u8>, SandboxError> {
    let mut bytes = vec![0; LENGTH_BYTES];
    serde_json::to_writer(&mut bytes, message)
        .map_err(|error| SandboxError::host(format!("a message cannot be written: {error}")))?;
    let length = bytes.len() - LENGTH_BYTES;
    if length > MESSAGE_BYTES_MAX {
        return Err(SandboxError::Refused("the files of a box hold at most 1 GiB".to_owned()));
    }
    bytes[..LENGTH_BYTES].copy_from_slice(&(length as u32).to_le_bytes());
    Ok(bytes)
}

/// Bytes of a length.
const LENGTH_BYTES: usize = 4;

/// Takes bytes as they come and gives whole messages.
#[derive(Default)]
pub(crate) struct Frames {
    bytes: VecDeque<u8>,
}

impl Frames {
    /// More bytes.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// The next whole message, if there is one.
    ///
    /// # Errors
    /// What came is no message: longer than any, or of another shape.
    pub(crate) fn next<T: for<'de> Deserialize<'de>>(&mut self) -> Result<Option<T>, SandboxError> {
        let malformed =
            || SandboxError::host("what came through the container's streams is no message of ours");
        if self.bytes.len() < LENGTH_BYTES {
            return Ok(None);
        }
        let length: Vec<u8> = self.bytes.iter().take(LENGTH_BYTES).copied().collect();
        let length = u32::from_le_bytes(length.try_into().map_err(|_| malformed())?) as usize;
        if length > MESSAGE_BYTES_MAX {
            return Err(malformed());
        }
        if self.bytes.len() < LENGTH_BYTES + length {
            return Ok(None);
        }
        self.bytes.drain(..LENGTH_BYTES);
        let message: Vec<u8> = self.bytes.drain(..length).collect();
        serde_json::from_slice(&message).map(Some).map_err(|_| malformed())
    }
}

/// Takes apart what a daemon sends of a container's streams: blocks of stdout and of stderr, each after a header.
#[derive(Default)]
pub(crate) struct Blocks {
    header: Vec<u8>,
    left: usize,
}

/// Bytes of a block's header: the stream, three zeroes, the length.
const HEADER_BYTES: usize = 8;

impl Blocks {
    /// Gives what `bytes` hold of stdout and of stderr to `take`, which is told whether it is stdout.
    pub(crate) fn push(&mut self, mut bytes: &[u8], mut take: impl FnMut(bool, &[u8])) {
        while !bytes.is_empty() {
            if self.left == 0 {
                let missing = HEADER_BYTES - self.header.len();
                let (head, rest) = bytes.split_at(missing.min(bytes.len()));
                self.header.extend_from_slice(head);
                bytes = rest;
                if self.header.len() < HEADER_BYTES {
                    return;
                }
                let length = [self.header[4], self.header[5], self.header[6], self.header[7]];
                self.left = u32::from_be_bytes(length) as usize;
                if self.left == 0 {
                    self.header.clear();
                }
                continue;
            }
            let (part, rest) = bytes.split_at(self.left.min(bytes.len()));
            take(self.header[0] == 1, part);
            self.left -= part.len();
            bytes = rest;
            if self.left == 0 {
                self.header.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use envy_core::Seed;

    use super::*;

    fn samples() -> Vec<Vec<u8>> {
        let file = BoxFile::new("a", vec![0xff, 0]);
        let words = [
            Word::Hello(Hello::new("native (strict)", "digest")),
            Word::Sorry(SandboxError::Host { what: "no".to_owned(), hint: "do".to_owned() }),
            Word::Answer { ticket: 7, answer: Ok(Answer::Content(Some(Content(vec![1, 0xfe])))) },
            Word::Answer { ticket: 8, answer: Err(SandboxError::Refused("a link".to_owned())) },
        ];
        let orders = [
            Order::Ask { place: 1, ticket: 2, ask: Ask::Write(file) },
            Order::GiveUp { place: 1 },
            Order::Close { place: u64::MAX },
        ];
        let words = words.iter().map(|word| frame(word).unwrap());
        words.chain(orders.iter().map(|order| frame(order).unwrap())).collect()
    }

    #[test]
    fn messages_come_whole_however_they_are_cut() {
        let sent = frame(&Word::Hello(Hello::new("x", "y"))).unwrap();
        let twice = [sent.clone(), sent].concat();
        for step in [1, 3, 7, twice.len()] {
            let mut frames = Frames::default();
            let mut seen = 0;
            for part in twice.chunks(step) {
                frames.push(part);
                while let Some(word) = frames.next::<Word>().unwrap() {
                    assert!(matches!(word, Word::Hello(hello) if hello.sandbox == "x"));
                    seen += 1;
                }
            }
            assert_eq!(seen, 2);
        }
    }

    #[test]
    fn garbage_is_an_error_and_never_a_panic() {
        let mut rng = Seed::named("sandbox/container-garbage").rng();
        let samples = samples();
        for round in 0..4_000 {
            let mut bytes = samples[round % samples.len()].clone();
            for _ in 0..=rng.below(3) {
                let at = rng.below(bytes.len());
                bytes[at] = rng.below(256) as u8;
            }
            let mut frames = Frames::default();
            frames.push(&bytes);
            let _ = frames.next::<Word>();
            let mut frames = Frames::default();
            frames.push(&bytes);
            let _ = frames.next::<Order>();
            Blocks::default().push(&bytes, |_, part| assert!(!part.is_empty()));
        }
        let mut frames = Frames::default();
        frames.push(&[0xff; 8]);
        assert!(frames.next::<Word>().is_err());
    }

    #[test]
    fn blocks_of_both_streams_are_told_apart() {
        let block = |stream: u8, text: &[u8]| {
            [&[stream, 0, 0, 0][..], &(text.len() as u32).to_be_bytes(), text].concat()
        };
        let sent = [block(1, b"out"), block(2, b"err"), block(1, b""), block(1, b"put")].concat();
        for step in 1..sent.len() {
            let (mut blocks, mut out, mut err) = (Blocks::default(), Vec::new(), Vec::new());
            for part in sent.chunks(step) {
                blocks.push(part, |is_out, part| {
                    if is_out { &mut out } else { &mut err }.extend_from_slice(part);
                });
            }
            assert_eq!((out.as_slice(), err.as_slice()), (&b"output"[..], &b"err"[..]));
        }
    }
}
