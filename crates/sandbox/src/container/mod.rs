//! The container backend: a long-lived container of Docker or Podman in which the native backend runs.
//!
//! ```text
//! this process --daemon's socket--> container (no network, no capability, our seccomp profile, read-only root)
//!                 stdin, stdout        envy, serving boxes as `message` says
//!                                        native boxes, as they would be on the host
//! ```
//!
//! So a box costs what it costs natively, and not a container. It is for machines that are no Linux (where the daemon
//! has a Linux of its own), and for those where only the daemon may make namespaces. Where even the daemon's containers
//! may not, each box gets a container of its own, which [`Sandbox::name`] then says.
//!
//! The image holds the runtime and this release of envy; nothing of the host is mounted into the container. It ends with
//! its input, so nothing is left behind by a process that was killed.

mod daemon;
mod link;
mod message;
#[cfg(target_os = "linux")]
mod server;
#[cfg(all(test, target_os = "linux"))]
mod tests;

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use envy_core::{
    BoxFile, BoxFuture, BoxSpec, BoxUsage, Cell, CellResult, Exec, ExecResult, JobLimits, Sandbox,
    SandboxError, Workbox,
};
use serde_json::{Value, json};
use tokio::sync::{Mutex, mpsc};

use self::daemon::{Daemon, Order};
use self::link::{Link, Packing};
use self::message::{Answer, Ask};
#[cfg(target_os = "linux")]
pub use self::server::serve;

/// Where envy lies in the image.
pub const PROGRAM: &str = "/envy/envy";

/// Where the cache folder with the runtime lies in the image.
pub const CACHE: &str = "/envy/cache";

/// The system calls that a container with boxes may make, as daemons take them: those of boxes, and those that make boxes.
pub const PROFILE: &str = include_str!("seccomp.json");

/// What envy finds in its environment in the container; the data folder is never made.
const ENVIRONMENT: [&str; 3] = ["ENVY_CACHE_DIR=/envy/cache", "ENVY_HOME=/tmp/envy", "PATH=/envy:/usr/bin"];

/// The users of a container: any but root.
const USER: &str = "1000:1000";

/// How the container backend is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerConfig {
    /// The image's name and tag.
    pub image: String,
    /// The command that serves boxes in it, envy itself included.
    pub command: Vec<String>,
    /// The flag that makes it serve one box without namespaces; the user of its programs follows.
    pub plain_flag: String,
    /// Give each box a container of its own even where it needs none.
    pub one_each: bool,
}

/// Boxes in containers.
///
/// Its methods need a tokio runtime with I/O and time enabled.
pub struct Container {
    name: String,
    runtime: String,
    plan: Plan,
    /// The shared server; none if each box has a container of its own.
    shared: Option<Mutex<Arc<Link>>>,
    places: AtomicU64,
}

/// How a container is made.
struct Plan {
    daemon: Daemon,
    config: ContainerConfig,
    users: AtomicU32,
}

impl Container {
    /// Starts the container.
    ///
    /// # Errors
    /// No daemon answers, it lacks the image, or the container cannot isolate; the hint says what to change.
    pub async fn start(config: ContainerConfig) -> Result<Self, SandboxError> {
        let daemon = Daemon::find().await?;
        if !daemon.has_image(&config.image).await? {
            return Err(SandboxError::Host {
                what: format!("{} has no image {}", daemon.engine, config.image),
                hint: how_to_make(&config.image),
            });
        }
        let one_each = config.one_each;
        let plan = Plan { daemon, config, users: AtomicU32::new(0) };
        let places = AtomicU64::new(0);
        let engine = plan.daemon.engine.clone();
        if !one_each {
            match plan.shared().await {
                Ok(link) => {
                    let name = format!("container ({engine}; {})", link.hello.sandbox);
                    let runtime = link.hello.runtime.clone();
                    return Ok(Self {
                        name,
                        runtime,
                        plan,
                        shared: Some(Mutex::new(Arc::new(link))),
                        places,
                    });
                }
                // A daemon that works and boxes that do not: what the container itself separates is left.
                Err(SandboxError::Host { hint, .. }) if !hint.is_empty() => {}
                Err(error) => return Err(error),
            }
        }
        let probe = plan.alone(&JobLimits::standard()).await?;
        let name = format!("container (one each, degraded: {engine}; {})", probe.hello.sandbox);
        let runtime = probe.hello.runtime.clone();
        Ok(Self { name, runtime, plan, shared: None, places })
    }

    /// The digest of the lock of the image's runtime.
    pub fn runtime(&self) -> &str {
        &self.runtime
    }

    /// The server for the next box: the shared one, anew if it has ended, or one of its own.
    async fn link(&self, limits: &JobLimits) -> Result<Arc<Link>, SandboxError> {
        let Some(shared) = &self.shared else { return self.plan.alone(limits).await.map(Arc::new) };
        let mut link = shared.lock().await;
        if !link.is_open() {
            *link = Arc::new(self.plan.shared().await?);
        }
        Ok(Arc::clone(&link))
    }
}

impl Plan {
    /// A container in which boxes are made by namespaces.
    async fn shared(&self) -> Result<Link, SandboxError> {
        let command: Vec<&str> = self.config.command.iter().map(String::as_str).collect();
        self.run(&command, USER, json!({})).await
    }

    /// A container that is one box.
    async fn alone(&self, limits: &JobLimits) -> Result<Link, SandboxError> {
        let mut command: Vec<&str> = self.config.command.iter().map(String::as_str).collect();
        let user = format!("{}", self.user());
        command.extend([self.config.plain_flag.as_str(), &user]);
        self.run(&command, "0:0", self.alone_settings(limits)).await
    }

    async fn run(&self, command: &[&str], user: &str, host: Value) -> Result<Link, SandboxError> {
        // Podman takes the profile by its path, Docker by its text.
        let file = if self.daemon.is_podman { Some(ProfileFile::write()?) } else { None };
        let profile = file.as_ref().map_or(PROFILE, |file| file.path.as_str());
        let image = &self.config.image;
        let order = Order { image, command, environment: &ENVIRONMENT, profile, host, user };
        let id = self.daemon.create(&self.daemon.container(&order)).await?;
        let started = async {
            let streams = self.daemon.attach(&id).await?;
            self.daemon.start(&id).await?;
            Link::open(streams, Packing::Blocks).await
        };
        let link = started.await;
        if link.is_err() {
            self.daemon.remove(&id).await;
        }
        link
    }
}

impl Plan {
    /// A user for the programs of the next container that is one box. The kernel counts a user's processes over all of
    /// them, so they should differ.
    fn user(&self) -> u32 {
        let serial = self.users.fetch_add(1, Ordering::Relaxed);
        let mixed = std::process::id().wrapping_mul(31).wrapping_add(serial);
        USERS.start + mixed % (USERS.end - USERS.start)
    }

    /// What the daemon enforces for a container that is one box: the box's limits, and the few capabilities by which its
    /// server keeps itself apart from the programs that it starts.
    fn alone_settings(&self, limits: &JobLimits) -> Value {
        // Podman's mounts know no number of files; the memory that they take is counted all the same.
        let files = if self.daemon.is_podman { "" } else { ",nr_inodes=10k" };
        let size = limits.disk_bytes.max(4096);
        json!({
            "CapAdd": ["SETUID", "SETGID", "SETPCAP", "KILL"],
            "Memory": limits.memory_bytes.saturating_add(limits.disk_bytes).saturating_add(SERVER_BYTES),
            "Tmpfs": {
                "/tmp": format!("rw,exec,nosuid,nodev,size=64m{files},mode=1777"),
                "/work": format!("rw,exec,nosuid,nodev,size={size}{files},mode=777"),
                // Nothing of the machine's to be seen there.
                "/run": "ro,size=4k",
                "/sys": "ro,size=4k",
            },
            "ShmSize": 64 << 20,
        })
    }
}

/// Users of programs: far from any that a machine or an image has.
const USERS: std::ops::Range<u32> = 20_000..60_000;

/// What the server itself needs of a container's memory, and what its temporary folders may hold.
const SERVER_BYTES: u64 = 256 << 20;

/// The profile as a file, for as long as a container is made.
struct ProfileFile {
    path: String,
}

impl ProfileFile {
    fn write() -> Result<Self, SandboxError> {
        static SERIAL: AtomicU64 = AtomicU64::new(0);
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("envy-seccomp-{}-{serial}.json", std::process::id()));
        std::fs::write(&path, PROFILE)
            .map_err(|error| SandboxError::host(format!("cannot write {}: {error}", path.display())))?;
        Ok(Self { path: path.to_string_lossy().into_owned() })
    }
}

impl Drop for ProfileFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

fn how_to_make(image: &str) -> String {
    if cfg!(target_os = "linux") {
        "make it once with `envy build --image`".to_owned()
    } else {
        format!("make it once in envy's source tree with `docker build --tag {image} .`")
    }
}

impl Sandbox for Container {
    fn name(&self) -> &str {
        &self.name
    }

    fn open(&self, spec: BoxSpec) -> BoxFuture<'_, Result<Box<dyn Workbox>, SandboxError>> {
        Box::pin(async move {
            let link = self.link(&spec.limits).await?;
            let place = self.places.fetch_add(1, Ordering::Relaxed);
            let opened = ContainerBox { link, place, usage: BoxUsage::default() };
            match opened.link.ask(place, Ask::Open { files: spec.files, limits: spec.limits }).await? {
                Answer::Done => Ok(Box::new(opened) as Box<dyn Workbox>),
                other => Err(out_of_turn(&other)),
            }
        })
    }
}

/// A box in a container.
struct ContainerBox {
    link: Arc<Link>,
    place: u64,
    usage: BoxUsage,
}

impl Drop for ContainerBox {
    fn drop(&mut self) {
        self.link.close(self.place);
    }
}

fn out_of_turn(answer: &Answer) -> SandboxError {
    let kind = match answer {
        Answer::Done => "done",
        Answer::Ran(..) => "a run",
        Answer::Cell(..) => "a cell",
        Answer::Content(_) => "a file",
        Answer::Names(_) => "a list",
    };
    SandboxError::host(format!("the server of the boxes answered out of turn: {kind}"))
}

impl Workbox for ContainerBox {
    fn exec(&mut self, exec: Exec) -> BoxFuture<'_, Result<ExecResult, SandboxError>> {
        Box::pin(async move {
            match self.link.ask(self.place, Ask::Exec(exec)).await? {
                Answer::Ran(result, usage) => {
                    self.usage = usage;
                    Ok(result)
                }
                other => Err(out_of_turn(&other)),
            }
        })
    }

    fn cell(&mut self, cell: Cell) -> BoxFuture<'_, Result<CellResult, SandboxError>> {
        Box::pin(async move {
            match self.link.ask(self.place, Ask::Cell(cell)).await? {
                Answer::Cell(result, usage) => {
                    self.usage = usage;
                    Ok(result)
                }
                other => Err(out_of_turn(&other)),
            }
        })
    }

    fn usage(&self) -> BoxUsage {
        self.usage
    }

    fn read(&mut self, path: &str, bytes_max: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, SandboxError>> {
        let path = path.to_owned();
        Box::pin(async move {
            match self.link.ask(self.place, Ask::Read { path, bytes_max }).await? {
                // What says that it is longer than was asked for did not come from an honest server.
                Answer::Content(Some(content)) if content.0.len() as u64 > bytes_max => {
                    Err(SandboxError::host("the server of the boxes sent more than a file's cap"))
                }
                Answer::Content(content) => Ok(content.map(|content| content.0)),
                other => Err(out_of_turn(&other)),
            }
        })
    }

    fn write(&mut self, file: BoxFile) -> BoxFuture<'_, Result<(), SandboxError>> {
        Box::pin(async move {
            match self.link.ask(self.place, Ask::Write(file)).await? {
                Answer::Done => Ok(()),
                other => Err(out_of_turn(&other)),
            }
        })
    }

    fn list(&mut self, path: &str) -> BoxFuture<'_, Result<Vec<String>, SandboxError>> {
        let path = path.to_owned();
        Box::pin(async move {
            match self.link.ask(self.place, Ask::List(path)).await? {
                Answer::Names(names) => Ok(names),
                other => Err(out_of_turn(&other)),
            }
        })
    }
}

/// What was found of a daemon, for `envy doctor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its name and version.
    pub engine: String,
    /// Whether it has the image.
    pub has_image: bool,
    /// How the image is made.
    pub hint: String,
}

/// Looks for a daemon and its image. Waits; must not be called on an asynchronous thread.
///
/// # Errors
/// None answers; the hint says how to start one.
pub fn look(image: &str) -> Result<Found, SandboxError> {
    waiting(async {
        let daemon = Daemon::find().await?;
        let has_image = daemon.has_image(image).await?;
        Ok(Found { engine: daemon.engine, has_image, hint: how_to_make(image) })
    })
}

/// Stores a file tree as an image and gives the daemon's name; `write` writes the tree in the format of `tar`. Waits; must
/// not be called on an asynchronous thread.
///
/// # Errors
/// No daemon answers, it refuses, or the tree cannot be read.
pub fn import(
    image: &str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
) -> Result<String, SandboxError> {
    let name = image.rsplit_once(':').ok_or_else(|| SandboxError::host("an image needs a tag"))?;
    waiting(async {
        let daemon = Daemon::find().await?;
        let (sender, pieces) = mpsc::channel(PIECES);
        let failure = sender.clone();
        let writing = tokio::task::spawn_blocking(move || {
            let mut pipe = Pipe { sender, buffer: Vec::with_capacity(PIECE_BYTES) };
            let written = write(&mut pipe).and_then(|()| pipe.flush());
            if let Err(error) = &written {
                // The daemon must not take half a tree for a whole one.
                let _gone = failure.blocking_send(Err(io::Error::other(error.to_string())));
            }
            written
        });
        let imported = daemon.import(name, pieces).await;
        match writing.await {
            Ok(Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(SandboxError::host(format!("cannot read the image's files: {error}")))
            }
            _ => imported.map(|()| daemon.engine),
        }
    })
}

/// Pieces of an image on their way at once.
const PIECES: usize = 8;

/// Bytes of one of them.
const PIECE_BYTES: usize = 256 << 10;

/// What is written here is sent.
struct Pipe {
    sender: mpsc::Sender<daemon::Piece>,
    buffer: Vec<u8>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let piece = std::mem::replace(&mut self.buffer, Vec::with_capacity(PIECE_BYTES));
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        if piece.is_empty() { Ok(()) } else { self.sender.blocking_send(Ok(piece.into())).map_err(gone) }
    }
}

/// Runs a conversation with a daemon to its end, on a thread of its own.
fn waiting<T>(work: impl Future<Output = Result<T, SandboxError>>) -> Result<T, SandboxError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| SandboxError::host(format!("cannot start a thread: {error}")))?.block_on(work)
}
