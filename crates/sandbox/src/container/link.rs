//! Our end of a server's streams: many boxes at once over one connection.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use envy_core::SandboxError;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{mpsc, oneshot};

use super::message::{Answer, Ask, Blocks, Frames, Hello, Order, PROTOCOL, Word, frame};

/// How long a server may take to stand.
const HELLO_TIMEOUT: Duration = Duration::from_mins(1);

/// Bytes taken from the connection at once.
const READ_BYTES: usize = 64 << 10;

/// Bytes kept of what the server's process prints as errors.
const COMPLAINT_BYTES: usize = 2 << 10;

/// How what is read is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    /// Bare messages, as in the tests of the protocol.
    #[cfg(test)]
    Plain,
    /// In a daemon's blocks.
    Blocks,
}

type Answered = Result<Answer, SandboxError>;

/// What is waited for, by ticket; `None` once the connection has ended.
type Waiting = Mutex<Option<BTreeMap<u64, oneshot::Sender<Answered>>>>;

/// A server that stands. Dropping it ends the server, and with it its container.
pub(crate) struct Link {
    outbox: mpsc::UnboundedSender<Vec<u8>>,
    waiting: Arc<Waiting>,
    tickets: AtomicU64,
    /// What it said first.
    pub(crate) hello: Hello,
}

impl Link {
    /// Waits until the server at the other end stands.
    ///
    /// # Errors
    /// It cannot serve, ends, says nothing in time, or is of another release.
    pub(crate) async fn open<S>(stream: S, packing: Packing) -> Result<Self, SandboxError>
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let (reader, writer) = tokio::io::split(stream);
        let (outbox, orders) = mpsc::unbounded_channel();
        let waiting: Arc<Waiting> = Arc::new(Mutex::new(Some(BTreeMap::new())));
        let (told, hello) = oneshot::channel();
        tokio::spawn(send(writer, orders));
        tokio::spawn(hear(reader, packing, Arc::clone(&waiting), told));
        let late = |_| SandboxError::host("the server of the boxes says nothing");
        let gone = |_| SandboxError::host("the server of the boxes has ended");
        let hello = tokio::time::timeout(HELLO_TIMEOUT, hello).await.map_err(late)?.map_err(gone)??;
        if hello.protocol != PROTOCOL {
            return Err(SandboxError::Host {
                what: format!("the image's envy speaks protocol {}, this one {PROTOCOL}", hello.protocol),
                hint: "make the image anew with `envy build --image`".to_owned(),
            });
        }
        Ok(Self { outbox, waiting, tickets: AtomicU64::new(0), hello })
    }

    /// Whether the connection still stands.
    pub(crate) fn is_open(&self) -> bool {
        lock(&self.waiting).is_some()
    }

    /// Has the server do something with a box. Whoever drops this before its end stops what runs in the box.
    ///
    /// # Errors
    /// What the server answers; or the connection has ended.
    pub(crate) async fn ask(&self, place: u64, ask: Ask) -> Result<Answer, SandboxError> {
        let ended = || SandboxError::host("the container of the boxes has ended");
        let ticket = self.tickets.fetch_add(1, Ordering::Relaxed);
        let order = frame(&Order::Ask { place, ticket, ask })?;
        let (sender, answer) = oneshot::channel();
        lock(&self.waiting).as_mut().ok_or_else(ended)?.insert(ticket, sender);
        let mut asked = Asked { link: self, place, ticket, is_answered: false };
        self.outbox.send(order).map_err(|_| ended())?;
        let answer = answer.await;
        asked.is_answered = true;
        answer.map_err(|_| ended())?
    }

    /// Gives a box back.
    pub(crate) fn close(&self, place: u64) {
        self.tell(&Order::Close { place });
    }

    fn tell(&self, order: &Order) {
        if let Ok(order) = frame(order) {
            let _ended = self.outbox.send(order);
        }
    }
}

fn lock(waiting: &Waiting) -> MutexGuard<'_, Option<BTreeMap<u64, oneshot::Sender<Answered>>>> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An order whose answer is waited for.
struct Asked<'a> {
    link: &'a Link,
    place: u64,
    ticket: u64,
    is_answered: bool,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            if let Some(waiting) = lock(&self.link.waiting).as_mut() {
                waiting.remove(&self.ticket);
            }
            self.link.tell(&Order::GiveUp { place: self.place });
        }
    }
}

/// Writes until nobody has orders any more; the end of the stream is the server's end.
async fn send(mut writer: impl AsyncWrite + Unpin, mut orders: mpsc::UnboundedReceiver<Vec<u8>>) {
    while let Some(order) = orders.recv().await {
        if writer.write_all(&order).await.is_err() || writer.flush().await.is_err() {
            return;
        }
    }
    let _gone = writer.shutdown().await;
}

/// Reads until the end of the connection and hands answers to whoever waits for them.
async fn hear(
    mut reader: impl AsyncRead + Unpin,
    packing: Packing,
    waiting: Arc<Waiting>,
    told: oneshot::Sender<Result<Hello, SandboxError>>,
) {
    let mut told = Some(told);
    let (mut blocks, mut frames, mut complaint) = (Blocks::default(), Frames::default(), Vec::new());
    let mut buffer = vec![0; READ_BYTES];
    while let Ok(read @ 1..) = reader.read(&mut buffer).await {
        match packing {
            #[cfg(test)]
            Packing::Plain => frames.push(&buffer[..read]),
            Packing::Blocks => blocks.push(&buffer[..read], |is_out, part| {
                if is_out {
                    frames.push(part);
                } else {
                    let room = COMPLAINT_BYTES.saturating_sub(complaint.len());
                    complaint.extend_from_slice(&part[..room.min(part.len())]);
                }
            }),
        }
        if !dispatch(&mut frames, &waiting, &mut told) {
            break;
        }
    }
    // Whoever waits sees its sender dropped.
    lock(&waiting).take();
    if let Some(told) = told {
        let why = String::from_utf8_lossy(&complaint).trim().to_owned();
        let what = format!(
            "the server of the boxes has ended: {}",
            if why.is_empty() { "it said nothing" } else { &why }
        );
        let _gone = told.send(Err(SandboxError::host(what)));
    }
}

/// Hands out every whole message; false if what came is none.
fn dispatch(
    frames: &mut Frames,
    waiting: &Waiting,
    told: &mut Option<oneshot::Sender<Result<Hello, SandboxError>>>,
) -> bool {
    loop {
        let word = match frames.next::<Word>() {
            Ok(Some(word)) => word,
            Ok(None) => return true,
            Err(_) => return false,
        };
        match word {
            Word::Hello(hello) => _ = told.take().map(|told| told.send(Ok(hello))),
            Word::Sorry(error) => _ = told.take().map(|told| told.send(Err(error))),
            Word::Answer { ticket, answer } => {
                let waits = lock(waiting).as_mut().and_then(|waiting| waiting.remove(&ticket));
                // Without one, whoever asked has given up.
                if let Some(waits) = waits {
                    let _gone = waits.send(answer);
                }
            }
        }
    }
}
