//! The native backend's box: files in memory until something runs, an open box from then on.

use std::sync::Arc;

use envy_core::{BoxFile, BoxFuture, BoxSpec, Exec, ExecResult, JobLimits, SandboxError, Workbox};

use super::Inner;
use super::files::WorkFiles;
use super::live::Live;
use super::path::parts;
use super::shelf::Shelf;
use super::zygote::can_run;

/// Bytes of a command line: more than the kernel takes as one argument, less than one packet.
const COMMAND_BYTES_MAX: usize = 128 << 10;

/// How often a fresh box may turn out to be dead (its jailer was killed) before the host is blamed.
const OPEN_ATTEMPTS: usize = 2;

pub(crate) struct NativeBox {
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

    /// The open box; opens it and puts the files in if this is the first time.
    async fn live(&mut self) -> Result<&mut Live, SandboxError> {
        if let State::Shelved(shelf) = &mut self.state {
            let live = open(&self.inner, &self.limits).await?;
            for file in shelf.take() {
                on_files(&live.files, move |files| files.write(&file)).await?;
            }
            self.state = State::Open(Box::new(live));
        }
        match &mut self.state {
            State::Open(live) => Ok(live),
            State::Shelved(_) => Err(SandboxError::host("a box did not open")),
        }
    }
}

async fn open(inner: &Inner, limits: &JobLimits) -> Result<Live, SandboxError> {
    let mut attempt = 1;
    loop {
        let raw = inner.pool.take().await?;
        match Live::arm(raw, limits).await {
            Err(_) if attempt < OPEN_ATTEMPTS => attempt += 1,
            other => return other,
        }
    }
}

/// Works on a box's files on a thread that may block.
async fn on_files<T: Send + 'static>(
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
            let zygote = if can_run(&exec.argv) { self.inner.warmth.ready(&self.inner.pool) } else { None };
            self.live().await?.exec(&exec, cwd, &limits, zygote.as_deref()).await
        })
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
