//! The server in the container: does with a sandbox of its own what orders say, each box by itself.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use envy_core::{BoxSpec, Sandbox, SandboxError, Workbox};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc;

use super::message::{Answer, Ask, Content, Frames, Hello, Order, Word, frame};

/// Bytes taken from the connection at once.
const READ_BYTES: usize = 64 << 10;

/// What a box's task is told.
enum Told {
    Ask { ticket: u64, ask: Ask },
    GiveUp,
}

type Outbox = mpsc::UnboundedSender<Vec<u8>>;

/// Serves boxes of `sandbox` until the end of `reader`; says why it cannot if there is no sandbox.
///
/// # Errors
/// The connection failed, or what came is no order.
pub async fn serve(
    sandbox: Result<(Arc<dyn Sandbox>, String), SandboxError>,
    mut reader: impl AsyncRead + Unpin,
    writer: impl AsyncWrite + Send + Unpin + 'static,
) -> io::Result<()> {
    let (outbox, words) = mpsc::unbounded_channel();
    let sending = tokio::spawn(send(writer, words));
    let sandbox = match sandbox {
        Ok((sandbox, runtime)) => {
            say(&outbox, &Word::Hello(Hello::new(sandbox.name(), &runtime)));
            sandbox
        }
        Err(error) => {
            say(&outbox, &Word::Sorry(error));
            drop(outbox);
            return sending.await.unwrap_or(Ok(()));
        }
    };
    let mut boxes: BTreeMap<u64, mpsc::UnboundedSender<Told>> = BTreeMap::new();
    let (mut frames, mut buffer) = (Frames::default(), vec![0; READ_BYTES]);
    loop {
        let read = reader.read(&mut buffer).await?;
        if read == 0 {
            return Ok(());
        }
        frames.push(&buffer[..read]);
        while let Some(order) = frames.next::<Order>().map_err(io::Error::other)? {
            let (place, told) = match order {
                Order::Close { place } => {
                    boxes.remove(&place);
                    continue;
                }
                Order::GiveUp { place } => (place, Told::GiveUp),
                Order::Ask { place, ticket, ask } => (place, Told::Ask { ticket, ask }),
            };
            let attendant = boxes.entry(place).or_insert_with(|| {
                let (sender, told) = mpsc::unbounded_channel();
                tokio::spawn(attend(Arc::clone(&sandbox), told, outbox.clone()));
                sender
            });
            let _ended = attendant.send(told);
        }
    }
}

fn say(outbox: &Outbox, word: &Word) {
    if let Ok(word) = frame(word) {
        let _ended = outbox.send(word);
    }
}

async fn send(
    mut writer: impl AsyncWrite + Unpin,
    mut words: mpsc::UnboundedReceiver<Vec<u8>>,
) -> io::Result<()> {
    while let Some(word) = words.recv().await {
        writer.write_all(&word).await?;
        writer.flush().await?;
    }
    Ok(())
}

/// One box, from its first order to its last.
async fn attend(sandbox: Arc<dyn Sandbox>, mut told: mpsc::UnboundedReceiver<Told>, outbox: Outbox) {
    let mut workbox = None;
    while let Some(next) = told.recv().await {
        // Given up after its answer was on its way: there is nothing to stop.
        let Told::Ask { ticket, ask } = next else { continue };
        let answer = tokio::select! {
            answer = perform(sandbox.as_ref(), &mut workbox, ask) => answer,
            // Dropping what runs stops it. There is nothing else to be told while an answer is waited for.
            _ = told.recv() => continue,
        };
        say(&outbox, &Word::Answer { ticket, answer });
    }
}

async fn perform(
    sandbox: &dyn Sandbox,
    workbox: &mut Option<Box<dyn Workbox>>,
    ask: Ask,
) -> Result<Answer, SandboxError> {
    if let Ask::Open { files, limits } = ask {
        *workbox = Some(sandbox.open(BoxSpec { files, limits }).await?);
        return Ok(Answer::Done);
    }
    let workbox =
        workbox.as_mut().ok_or_else(|| SandboxError::host("an order for a box that is not open"))?;
    Ok(match ask {
        Ask::Open { .. } => Answer::Done,
        Ask::Exec(exec) => Answer::Ran(workbox.exec(exec).await?, workbox.usage()),
        Ask::Cell(cell) => Answer::Cell(workbox.cell(cell).await?, workbox.usage()),
        Ask::Read { path, bytes_max } => Answer::Content(workbox.read(&path, bytes_max).await?.map(Content)),
        Ask::Write(file) => workbox.write(file).await.map(|()| Answer::Done)?,
        Ask::List(path) => Answer::Names(workbox.list(&path).await?),
    })
}
