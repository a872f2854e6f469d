//! The container daemon (Docker or Podman) through its socket: the few calls of its HTTP interface that boxes need.
//!
//! Both daemons speak the same interface; where they differ, the engine's name decides. The client is the HTTP library
//! that the providers are called with anyway: a client crate made for the interface would bring its types of some
//! hundred calls into every build, for the seven that are made here.

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use envy_core::SandboxError;
use http_body_util::{BodyExt as _, Either, Full, Limited};
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::client::conn::http1::handshake;
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, UPGRADE};
use hyper::upgrade::Upgraded;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::UnixStream;
use tokio::sync::mpsc;

/// The version of the interface: that of Docker 20.10 and Podman 4.
const INTERFACE: &str = "/v1.41";

/// How long a call may take that starts or looks at something.
const CALL_TIMEOUT: Duration = Duration::from_mins(1);

/// How long an image may take to be stored.
const IMPORT_TIMEOUT: Duration = Duration::from_mins(30);

/// Bytes of an answer.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// Variables that name a daemon's socket as `unix://PATH`, in the order in which they are looked at.
const VARIABLES: [&str; 2] = ["DOCKER_HOST", "CONTAINER_HOST"];

/// Where daemons of this machine listen.
const SOCKETS: [&str; 2] = ["/var/run/docker.sock", "/run/podman/podman.sock"];

/// Where a user's own daemons listen, below the home folder.
const SOCKETS_AT_HOME: [&str; 4] = [
    ".docker/run/docker.sock",
    ".local/share/containers/podman/machine/podman.sock",
    ".colima/default/docker.sock",
    ".orbstack/run/docker.sock",
];

/// A piece of a body that is made while it is sent.
pub(crate) type Piece = std::io::Result<Bytes>;

/// A body that is made while it is sent.
struct Pieces(mpsc::Receiver<Piece>);

impl Body for Pieces {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|piece| piece.map(Frame::data)))
    }
}

type Content = Either<Full<Bytes>, Pieces>;

/// A daemon that answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Daemon {
    socket: PathBuf,
    /// Its name and version, such as `Docker 28.2.2`.
    pub(crate) engine: String,
    /// The interface is Podman's, which differs in how it takes a seccomp profile and unmasked paths.
    pub(crate) is_podman: bool,
}

impl Daemon {
    /// The first daemon that answers: the one that the environment names, else one that listens where daemons do.
    ///
    /// # Errors
    /// None answers; the hint says how to start one.
    pub(crate) async fn find() -> Result<Self, SandboxError> {
        let (sockets, is_named) = match named_socket()? {
            Some(socket) => (vec![socket], true),
            None => (usual_sockets(), false),
        };
        let mut failures = Vec::new();
        for socket in sockets {
            match Self::at(&socket).await {
                Ok(daemon) => return Ok(daemon),
                Err(error) if is_named || socket.exists() => {
                    failures.push(format!("{}: {error}", socket.display()));
                }
                Err(_) => {}
            }
        }
        let what = if failures.is_empty() {
            "no container daemon listens here".to_owned()
        } else {
            format!("no container daemon answers ({})", failures.join("; "))
        };
        Err(SandboxError::Host { what, hint: how_to_start().to_owned() })
    }

    async fn at(socket: &Path) -> Result<Self, SandboxError> {
        let unknown = Self { socket: socket.to_owned(), engine: String::new(), is_podman: false };
        let version = unknown.json(Method::GET, "/version", &Value::Null).await?;
        let number = version["Version"].as_str().unwrap_or("?");
        let is_podman = version["Components"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|part| part["Name"].as_str().is_some_and(|name| name.contains("Podman")));
        let engine = format!("{} {number}", if is_podman { "Podman" } else { "Docker" });
        Ok(Self { engine, is_podman, ..unknown })
    }

    /// Whether it has an image of this name.
    ///
    /// # Errors
    /// It does not answer.
    pub(crate) async fn has_image(&self, image: &str) -> Result<bool, SandboxError> {
        let response = self.call(Method::GET, &format!("/images/{image}/json"), empty()).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(false),
            status if status.is_success() => Ok(true),
            _ => Err(refusal(response, "look for the image").await),
        }
    }

    /// Stores a file tree in the format of `tar` as an image, under a name of a repository and a tag.
    ///
    /// # Errors
    /// It does not answer, or refuses.
    pub(crate) async fn import(
        &self,
        (repository, tag): (&str, &str),
        tree: mpsc::Receiver<Piece>,
    ) -> Result<(), SandboxError> {
        let stored = async {
            let path = "/images/create?fromSrc=-";
            let response = self.send(Method::POST, path, "application/x-tar", Either::Right(Pieces(tree)));
            let response = response.await?;
            if !response.status().is_success() {
                return Err(refusal(response, "store the image").await);
            }
            // A line for each step; the last tells the image's digest, or what failed.
            let answer = body(response).await?;
            let last =
                String::from_utf8_lossy(&answer).lines().rfind(|line| !line.is_empty()).map(str::to_owned);
            let last: Value = serde_json::from_str(&last.unwrap_or_default()).unwrap_or_default();
            let image = last["status"].as_str().and_then(|text| text.strip_prefix("sha256:"));
            let Some(image) = image.filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit())) else {
                let why = last["error"].as_str().unwrap_or("it named no image").to_owned();
                return Err(SandboxError::host(format!("{} cannot store the image: {why}", self.engine)));
            };
            let path = format!("/images/{image}/tag?repo={repository}&tag={tag}");
            self.json(Method::POST, &path, &Value::Null).await.map(drop)
        };
        let late = |_| SandboxError::host(format!("{} does not store the image in time", self.engine));
        tokio::time::timeout(IMPORT_TIMEOUT, stored).await.map_err(late)?
    }

    /// Makes a container and gives its id.
    ///
    /// # Errors
    /// It does not answer, or refuses.
    pub(crate) async fn create(&self, container: &Value) -> Result<String, SandboxError> {
        let made = self.json(Method::POST, "/containers/create", container).await?;
        let id = made["Id"].as_str().filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        id.map(str::to_owned)
            .ok_or_else(|| SandboxError::host(format!("{} made a container without an id", self.engine)))
    }

    /// Starts a container whose streams were attached before.
    ///
    /// # Errors
    /// It does not answer, or refuses.
    pub(crate) async fn start(&self, id: &str) -> Result<(), SandboxError> {
        self.json(Method::POST, &format!("/containers/{id}/start"), &Value::Null).await.map(drop)
    }

    /// Removes a container, whatever runs in it. One that is gone is no error.
    pub(crate) async fn remove(&self, id: &str) {
        let _ = self.call(Method::DELETE, &format!("/containers/{id}?force=1"), empty()).await;
    }

    /// The standard streams of a container: what is written goes in, what is read is multiplexed.
    ///
    /// # Errors
    /// It does not answer, or refuses.
    pub(crate) async fn attach(&self, id: &str) -> Result<TokioIo<Upgraded>, SandboxError> {
        let path = format!("/containers/{id}/attach?stream=1&stdin=1&stdout=1&stderr=1");
        let response = self.call(Method::POST, &path, empty()).await?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(refusal(response, "attach to the container").await);
        }
        let failed = |error| SandboxError::host(format!("cannot attach to the container: {error}"));
        hyper::upgrade::on(response).await.map(TokioIo::new).map_err(failed)
    }

    async fn json(&self, method: Method, path: &str, sent: &Value) -> Result<Value, SandboxError> {
        let content = if sent.is_null() { empty() } else { Either::Left(sent.to_string().into()) };
        let response = self.call(method, path, content).await?;
        if !response.status().is_success() && response.status() != StatusCode::NOT_MODIFIED {
            return Err(refusal(response, path).await);
        }
        let bytes = body(response).await?;
        Ok(serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        content: Content,
    ) -> Result<Response<Incoming>, SandboxError> {
        let late = |_| SandboxError::host(format!("the container daemon does not answer {path}"));
        let answered = self.send(method, path, "application/json", content);
        tokio::time::timeout(CALL_TIMEOUT, answered).await.map_err(late)?
    }

    /// One call over a connection of its own, which stays with the response.
    async fn send(
        &self,
        method: Method,
        path: &str,
        kind: &str,
        content: Content,
    ) -> Result<Response<Incoming>, SandboxError> {
        let gone =
            |error: &dyn std::fmt::Display| SandboxError::host(format!("the container daemon: {error}"));
        let stream = UnixStream::connect(&self.socket).await.map_err(|error| gone(&error))?;
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| gone(&error))?;
        tokio::spawn(connection.with_upgrades());
        let mut request = Request::builder().method(method).uri(format!("{INTERFACE}{path}"));
        request = request.header(HOST, "daemon").header(CONTENT_TYPE, kind);
        if path.contains("/attach?") {
            request = request.header(CONNECTION, "Upgrade").header(UPGRADE, "tcp");
        }
        let request = request.body(content).map_err(|error| gone(&error))?;
        sender.send_request(request).await.map_err(|error| gone(&error))
    }
}

fn empty() -> Content {
    Either::Left(Full::default())
}

async fn body(response: Response<Incoming>) -> Result<Bytes, SandboxError> {
    let limited = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
    let failed = |error| SandboxError::host(format!("the container daemon's answer cannot be read: {error}"));
    limited.map(http_body_util::Collected::to_bytes).map_err(failed)
}

/// Why the daemon would not, in its own words.
async fn refusal(response: Response<Incoming>, what: &str) -> SandboxError {
    let status = response.status();
    let bytes = body(response).await.unwrap_or_default();
    let said: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let why =
        said["message"].as_str().map_or_else(|| status.to_string(), |text| text.chars().take(400).collect());
    SandboxError::host(format!("the container daemon refused ({what}): {why}"))
}

/// The socket that the environment names.
fn named_socket() -> Result<Option<PathBuf>, SandboxError> {
    let named = VARIABLES.iter().find_map(|name| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
        Some((name, value))
    });
    let Some((name, value)) = named else { return Ok(None) };
    match value.strip_prefix("unix://") {
        Some(path) => Ok(Some(PathBuf::from(path))),
        None => Err(SandboxError::Host {
            what: format!("{name} is \"{value}\", which is no socket of this machine"),
            hint: format!("set {name} to unix:///PATH/OF/THE/SOCKET: boxes are not run on another machine"),
        }),
    }
}

fn usual_sockets() -> Vec<PathBuf> {
    let mut sockets: Vec<PathBuf> = SOCKETS.iter().map(PathBuf::from).collect();
    if let Some(folder) = std::env::var_os("XDG_RUNTIME_DIR") {
        sockets.push(Path::new(&folder).join("podman/podman.sock"));
    }
    if let Some(home) = std::env::var_os("HOME") {
        sockets.extend(SOCKETS_AT_HOME.iter().map(|socket| Path::new(&home).join(socket)));
    }
    sockets
}

/// How a daemon is started on this kind of machine.
fn how_to_start() -> &'static str {
    if cfg!(target_os = "macos") {
        "start Docker Desktop, or `podman machine init && podman machine start`, or `colima start`; \
         DOCKER_HOST=unix:///PATH names another socket"
    } else {
        "install Docker or Podman and start it: `systemctl start docker`, or `systemctl --user start podman.socket`; \
         DOCKER_HOST=unix:///PATH names another socket"
    }
}

/// The description of a container that serves boxes.
pub(crate) struct Order<'a> {
    /// Its image.
    pub(crate) image: &'a str,
    /// What runs in it.
    pub(crate) command: &'a [&'a str],
    /// What its programs find in their environment.
    pub(crate) environment: &'a [&'a str],
    /// The profile as the daemon takes it: its text, or the path of a file with it.
    pub(crate) profile: &'a str,
    /// What is added to the settings of the host's side, over those of every container.
    pub(crate) host: Value,
    /// The user that its programs run as.
    pub(crate) user: &'a str,
}

impl Daemon {
    /// The description in the daemon's own words: nothing of the host in it, no network, no capability but those that
    /// `order` adds, our own seccomp profile, a read-only root, and gone when it ends.
    pub(crate) fn container(&self, order: &Order<'_>) -> Value {
        let mut security = vec![
            "no-new-privileges".to_owned(),
            "label=disable".to_owned(),
            format!("seccomp={}", order.profile),
        ];
        // Docker's AppArmor profile forbids every mount, those of namespaces of one's own included.
        security.push("apparmor=unconfined".to_owned());
        let mut host = json!({
            "AutoRemove": true,
            "NetworkMode": "none",
            "IpcMode": "private",
            "ReadonlyRootfs": true,
            "CapDrop": ["ALL"],
            "Tmpfs": {"/tmp": "rw,nosuid,nodev,size=64m,mode=1777"},
            // Whatever passes through the streams is not to be kept by the daemon.
            "LogConfig": {"Type": "none"},
            "Ulimits": [
                {"Name": "nofile", "Soft": DESCRIPTORS, "Hard": DESCRIPTORS},
                {"Name": "nproc", "Soft": PROCESSES, "Hard": PROCESSES},
            ],
            "PidsLimit": PROCESSES,
        });
        if self.is_podman {
            security.push("unmask=ALL".to_owned());
        } else {
            // The kernel gives a new /proc only to those who see a whole one.
            host["MaskedPaths"] = json!([]);
            host["ReadonlyPaths"] = json!([]);
        }
        host["SecurityOpt"] = json!(security);
        for (name, value) in order.host.as_object().into_iter().flatten() {
            host[name] = value.clone();
        }
        json!({
            "Image": order.image,
            "Cmd": order.command,
            "Env": order.environment,
            "User": order.user,
            "WorkingDir": "/",
            "Hostname": "box",
            "Labels": {"envy": "boxes"},
            "NetworkDisabled": true,
            "Tty": false,
            "OpenStdin": true,
            // The end of our connection is the end of its input, and so of the container.
            "StdinOnce": true,
            "AttachStdin": true,
            "AttachStdout": true,
            "AttachStderr": true,
            "HostConfig": host,
        })
    }
}

/// Descriptors of one process in the container; boxes lower it for their programs.
const DESCRIPTORS: u32 = 16_384;

/// Processes and threads in the container; boxes lower it for their programs.
const PROCESSES: u32 = 16_384;

#[cfg(test)]
mod tests {
    use super::*;

    impl Daemon {
        /// A daemon that nobody asks anything.
        pub(crate) fn silent() -> Self {
            Self { socket: PathBuf::from("/none"), engine: "Docker 1".to_owned(), is_podman: false }
        }
    }

    fn daemon(is_podman: bool) -> Daemon {
        Daemon { is_podman, ..Daemon::silent() }
    }

    #[test]
    fn a_container_has_no_network_no_capability_and_our_profile() {
        for is_podman in [false, true] {
            let order = Order {
                image: "image:tag",
                command: &["/envy/envy"],
                environment: &[],
                profile: "{}",
                host: json!({"Memory": 7}),
                user: "1000:1000",
            };
            let container = daemon(is_podman).container(&order);
            let host = &container["HostConfig"];
            assert_eq!((&host["NetworkMode"], &host["CapDrop"]), (&json!("none"), &json!(["ALL"])));
            assert_eq!((&host["Memory"], &host["AutoRemove"]), (&json!(7), &json!(true)));
            assert!(
                container.get("Binds").is_none()
                    && host.get("Binds").is_none()
                    && host.get("Mounts").is_none()
            );
            let security = host["SecurityOpt"].to_string();
            assert!(security.contains("seccomp={}") && security.contains("no-new-privileges"), "{security}");
            assert_eq!(security.contains("unmask"), is_podman);
        }
    }

    #[tokio::test]
    async fn a_socket_that_nobody_listens_at_says_so() {
        let SandboxError::Host { what, .. } = Daemon::at(Path::new("/no/such/socket")).await.unwrap_err()
        else {
            panic!("not a host failure")
        };
        assert!(what.contains("the container daemon"), "{what}");
    }
}
