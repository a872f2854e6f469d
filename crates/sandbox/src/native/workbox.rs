//! The native backend's box: files in memory until something runs, an open box from then on.

use std::sync::Arc;

use envy_core::{
    BoxFile, BoxFuture, BoxSpec, BoxUsage, Cell, CellResult, Exec, ExecResult, JobLimits, SandboxError,
    Sealed, Workbox,
};

use super::Inner;
use super::files::WorkFiles;
use super::live::Live;
use super::path::parts;
use super::shelf::Shelf;
use super::snapshot::Checkpoint;
use super::waiting::Waiting;
use super::zygote::Script;

/// Bytes of a command line: more than the kernel takes as one argument, less than one packet.
const COMMAND_BYTES_MAX: usize = 128 << 10;

/// How often a fresh box may turn out to be dead (its jailer was killed) before the host is blamed.
const OPEN_ATTEMPTS: usize = 2;

/// A box of the native backend.
pub struct NativeBox {
    inner: Arc<Inner>,
    limits: JobLimits,
    state: State,
}

enum State {
    Shelved(Shelf),
    Open(Box<Live>),
}

impl NativeBox {
    pub(crate) fn new(inner: Arc<Inner>, spec: BoxSpec) -> Result<Self, SandboxError> {
        let shelf = Shelf::new(spec.files, spec.limits.disk_bytes)?;
        Ok(Self { inner, limits: spec.limits, state: State::Shelved(shelf) })
    }

    /// The open box; opens it and puts the files in if this is the first time. Python finds a box with a child that waits
    /// for it, if there is one.
    async fn live(&mut self, for_python: bool) -> Result<&mut Live, SandboxError> {
        if let State::Shelved(shelf) = &mut self.state {
            let waiting = if for_python { self.inner.waiting.take(&self.limits) } else { None };
            let live = match waiting {
                Some(live) => live,
                None => open(&self.inner, &self.limits, None).await?,
            };
            if for_python {
                Waiting::refill(&self.inner);
            }
            let files = shelf.take();
            self.furnish(live, files).await?;
        }
        match &mut self.state {
            State::Open(live) => Ok(live),
            State::Shelved(_) => Err(SandboxError::host("a box did not open")),
        }
    }
}

impl NativeBox {
    /// Opens the box at once, with a folder that nothing can write to: it is sealed before anything else is in the box.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] if its files do not fit; [`SandboxError::Host`] if the host failed.
    pub(crate) async fn seal(&mut self, sealed: Sealed) -> Result<(), SandboxError> {
        if parts(&sealed.folder)? != [sealed.folder.as_str()] {
            return Err(SandboxError::Refused(format!("{:?} is no name of a folder", sealed.folder)));
        }
        let State::Shelved(shelf) = &mut self.state else {
            return Err(SandboxError::host("a box that is open is not sealed"));
        };
        let files = shelf.take();
        let live = open(&self.inner, &self.limits, Some(Arc::new(sealed))).await?;
        self.furnish(live, files).await
    }

    /// Puts the first files into an open box, which is this one's from now on.
    async fn furnish(&mut self, live: Live, files: Vec<BoxFile>) -> Result<(), SandboxError> {
        if !files.is_empty() {
            on_files(&live.files, move |folder| files.iter().try_for_each(|file| folder.write(file))).await?;
        }
        self.state = State::Open(Box::new(live));
        Ok(())
    }

    /// Takes a snapshot of the live session and of the work directory: memory is shared until it is written to, so it costs
    /// milliseconds whatever the session holds.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] without a live session, for one with more than one thread, beside a sealed folder, and past 16 snapshots or
    /// 256 MiB of files; [`SandboxError::Host`] if the host failed.
    pub async fn checkpoint(&mut self) -> Result<Checkpoint, SandboxError> {
        match &mut self.state {
            State::Open(live) if live.files.sealed.is_some() => {
                Err(SandboxError::Refused("a box with a read-only folder takes no snapshots".to_owned()))
            }
            State::Open(live) => live.checkpoint().await,
            State::Shelved(_) => Err(SandboxError::Refused("there is no live session yet".to_owned())),
        }
    }

    /// Puts the session and the work directory back to a snapshot; it stays, to be come back to again and left another way.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] if it is no snapshot of this box or its process has ended; [`SandboxError::Host`] if the
    /// host failed.
    pub async fn roll_back(&mut self, checkpoint: Checkpoint) -> Result<(), SandboxError> {
        match &mut self.state {
            State::Open(live) => live.roll_back(checkpoint).await,
            State::Shelved(_) => Err(SandboxError::Refused("there is no snapshot of this box".to_owned())),
        }
    }
}

async fn open(inner: &Inner, limits: &JobLimits, sealed: Option<Arc<Sealed>>) -> Result<Live, SandboxError> {
    let mut attempt = 1;
    loop {
        let raw = inner.pool.take().await?;
        match Live::arm(raw, limits, sealed.clone()).await {
            // What does not fit will not fit again.
            Err(refused @ SandboxError::Refused(_)) => return Err(refused),
            Err(_) if attempt < OPEN_ATTEMPTS => attempt += 1,
            other => return other,
        }
    }
}

/// Works on a box's files on a thread that may block.
pub(crate) async fn on_files<T: Send + 'static>(
    files: &Arc<WorkFiles>,
    work: impl FnOnce(&WorkFiles) -> Result<T, SandboxError> + Send + 'static,
) -> Result<T, SandboxError> {
    let files = Arc::clone(files);
    let done = tokio::task::spawn_blocking(move || work(&files)).await;
    done.unwrap_or_else(|_| Err(SandboxError::host("a file operation was interrupted")))
}

fn check(argv: &[String]) -> Result<(), SandboxError> {
    let refused = |why: &str| Err(SandboxError::Refused(why.to_owned()));
    if argv.first().is_none_or(String::is_empty) {
        return refused("a command needs a program");
    }
    if argv.iter().any(|argument| argument.contains('\0')) {
        return refused("a command holds no zero byte");
    }
    if argv.iter().map(|argument| argument.len() + 8).sum::<usize>() > COMMAND_BYTES_MAX {
        return refused("a command has at most 128 KiB; put long text into a file");
    }
    Ok(())
}

impl Workbox for NativeBox {
    fn exec(&mut self, exec: Exec) -> BoxFuture<'_, Result<ExecResult, SandboxError>> {
        Box::pin(async move {
            check(&exec.argv)?;
            let cwd = parts(&exec.cwd)?.iter().fold(crate::WORK_DIR.to_owned(), |cwd, part| cwd + "/" + part);
            let limits = self.limits.clone();
            let can_be_warm = Script::parse(&exec.argv).is_some();
            let zygote = if can_be_warm { self.inner.warmth.ready(&self.inner.pool) } else { None };
            self.live(zygote.is_some()).await?.exec(&exec, cwd, &limits, zygote).await
        })
    }

    fn cell(&mut self, cell: Cell) -> BoxFuture<'_, Result<CellResult, SandboxError>> {
        Box::pin(async move {
            if cell.code.len() > COMMAND_BYTES_MAX {
                return Err(SandboxError::Refused(
                    "a cell has at most 128 KiB; put long text into a file".to_owned(),
                ));
            }
            // A session stays, so it is worth the wait for a warm interpreter.
            self.inner.warmth.wait(&self.inner.pool).await;
            let zygote = self.inner.warmth.ready(&self.inner.pool);
            let limits = self.limits.clone();
            self.live(zygote.is_some()).await?.cell(&cell, &limits, zygote).await
        })
    }

    fn usage(&self) -> BoxUsage {
        match &self.state {
            State::Shelved(_) => BoxUsage::default(),
            State::Open(live) => live.usage(),
        }
    }

    fn read(&mut self, path: &str, bytes_max: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, SandboxError>> {
        let path = path.to_owned();
        Box::pin(async move {
            match &self.state {
                State::Shelved(shelf) => shelf.read(&path, bytes_max),
                State::Open(live) => on_files(&live.files, move |files| files.read(&path, bytes_max)).await,
            }
        })
    }

    fn write(&mut self, file: BoxFile) -> BoxFuture<'_, Result<(), SandboxError>> {
        Box::pin(async move {
            match &mut self.state {
                State::Shelved(shelf) => shelf.write(file),
                State::Open(live) => on_files(&live.files, move |files| files.write(&file)).await,
            }
        })
    }

    fn list(&mut self, path: &str) -> BoxFuture<'_, Result<Vec<String>, SandboxError>> {
        let path = path.to_owned();
        Box::pin(async move {
            match &self.state {
                State::Shelved(shelf) => shelf.list(&path),
                State::Open(live) => on_files(&live.files, move |files| files.list(&path)).await,
            }
        })
    }
}
