//! The supervisor's end of the jail: starts it, orders boxes, and keeps some ready off the critical path.
//!
//! One thread owns the jailer's socket, so no lock is held across a conversation. It makes nothing until the first
//! order, restarts a jailer that died, and with it ends everything in the jail.

use std::fs;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use envy_core::SandboxError;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::RecvFlags;
use rustix::process::Pid;
use tokio::sync::oneshot;

use super::cgroup::{Accounting, Group};
use super::hint::jail_failure;
use super::plain;
use super::zygote::Zygote;
use crate::jail;
use crate::wire::{self, Reply, Request};

/// How long the jail may take for one answer before it counts as dead.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(20);

/// How long the pool stays out of the way of whoever just took a box, which is about to run something.
const REFILL_PAUSE: Duration = Duration::from_millis(3);

/// Ranges of host ids for the boxes of a supervisor that runs as root: the first far from any real user, the others for
/// a root whose own ids are a container's.
const ID_RANGES: [(u32, u32); 3] = [(1_900_000_000, 65_536), (300_000, 65_536), (32_768, 16_384)];

/// A box that has run nothing yet.
pub(crate) struct RawBox {
    /// The socket to its init.
    pub(crate) control: OwnedFd,
    /// Its init.
    pub(crate) pidfd: OwnedFd,
    /// The host id of its user, if the supervisor is root.
    pub(crate) owner: Option<u32>,
    /// The cgroup that its init is in already, where there is one.
    pub(crate) group: Option<Group>,
}

impl RawBox {
    /// Whether its init still runs: a process descriptor is readable once its process has ended.
    fn is_alive(&self) -> bool {
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut [PollFd::new(&self.pidfd, PollFlags::IN)], Some(&now)) == Ok(0)
    }
}

/// What the thread behind a pool is asked for.
enum Order {
    Box(oneshot::Sender<Result<RawBox, SandboxError>>),
    Zygote(oneshot::Sender<Result<Zygote, SandboxError>>),
}

/// How to start a jail.
#[derive(Clone, Debug)]
pub(crate) struct JailPlan {
    /// The folder of the runtime.
    pub(crate) tree: String,
    /// Folders to remove at the very end.
    pub(crate) leftovers: Vec<String>,
    /// Who counts memory and processes.
    pub(crate) accounting: Accounting,
    /// What a zygote imports.
    pub(crate) preload: &'static [&'static str],
    /// There is no jail: this process is the first of a container, which is the one box; its programs run as this user.
    pub(crate) plain: Option<u32>,
}

/// The jail and its ready boxes.
pub(crate) struct Pool {
    orders: Sender<Order>,
}

impl Pool {
    /// Starts a jail; `target` boxes are kept ahead of demand once there is any.
    ///
    /// # Errors
    /// The host cannot isolate.
    pub(crate) fn start(plan: JailPlan, target: usize) -> Result<Self, SandboxError> {
        // The one box of a container is made at once: a container that does not allow it says so here.
        let (jail, ready) = match plan.plain {
            Some(user) => (None, vec![plain::make_box(user)?]),
            None => (Some(Jail::launch(&plan)?), Vec::new()),
        };
        let (orders, inbox) = channel();
        std::thread::Builder::new()
            .name("envy-boxes".to_owned())
            .spawn(move || Keeper { plan, jail, ready, target }.serve(&inbox))
            .map_err(|error| SandboxError::host(format!("cannot start a thread: {error}")))?;
        Ok(Self { orders })
    }

    /// A box that has run nothing yet.
    ///
    /// # Errors
    /// The host refused to make one.
    pub(crate) async fn take(&self) -> Result<RawBox, SandboxError> {
        let gone = || SandboxError::host("the thread that makes boxes has ended");
        let (order, answer) = oneshot::channel();
        self.orders.send(Order::Box(order)).map_err(|_| gone())?;
        answer.await.map_err(|_| gone())?
    }

    /// A fresh zygote that still has its imports to do; the answer comes through the given end.
    pub(crate) fn order_zygote(&self, answer: oneshot::Sender<Result<Zygote, SandboxError>>) {
        // Without the thread the answer's other end is dropped, which is an answer as well.
        let _ = self.orders.send(Order::Zygote(answer));
    }
}

/// The thread behind a [`Pool`].
struct Keeper {
    plan: JailPlan,
    jail: Option<Jail>,
    ready: Vec<RawBox>,
    target: usize,
}

impl Keeper {
    fn serve(mut self, inbox: &Receiver<Order>) {
        // Nothing is made ahead of the first order: a run that opens no box pays for none.
        let mut awake = false;
        loop {
            let order = if awake && self.ready.len() < self.target {
                match inbox.recv_timeout(REFILL_PAUSE) {
                    Err(RecvTimeoutError::Timeout) => {
                        match self.make() {
                            Ok(fresh) => self.ready.push(fresh),
                            // The next order tries again and carries the error to whoever asked.
                            Err(_) => awake = false,
                        }
                        continue;
                    }
                    other => other.ok(),
                }
            } else {
                inbox.recv().ok()
            };
            // Whoever asked may have given up; then what was made is dropped, which ends it.
            match order {
                None => return,
                Some(Order::Box(answer)) => {
                    awake = true;
                    self.ready.retain(RawBox::is_alive);
                    let fresh = self.ready.pop().map_or_else(|| self.make(), Ok);
                    let _ = answer.send(fresh);
                }
                Some(Order::Zygote(answer)) => {
                    let preload = self.plan.preload;
                    let _ = answer.send(self.with_jail(|jail, _| jail.make_zygote(preload)));
                }
            }
        }
    }

    /// Makes a box.
    fn make(&mut self) -> Result<RawBox, SandboxError> {
        if let Some(user) = self.plan.plain {
            return plain::make_box(user);
        }
        self.with_jail(Jail::make_box)
    }

    /// Has the jail make something, a new jail if the old one is gone.
    fn with_jail<T>(
        &mut self,
        make: impl Fn(&mut Jail, &Accounting) -> Result<T, SandboxError>,
    ) -> Result<T, SandboxError> {
        if self.plan.plain.is_some() {
            return Err(SandboxError::host("a container that is one box has no warm interpreter"));
        }
        if let Some(jail) = self.jail.as_mut() {
            match make(jail, &self.plan.accounting) {
                Ok(fresh) => return Ok(fresh),
                Err(error) if jail.is_alive() => return Err(error),
                Err(_) => {}
            }
        }
        // Its boxes died with it, and its launcher has cleaned up after it.
        self.ready.clear();
        self.jail = None;
        let renewed = self.plan.accounting.renew();
        renewed.map_err(|error| SandboxError::host(format!("cannot account for boxes again: {error}")))?;
        make(self.jail.insert(Jail::launch(&self.plan)?), &self.plan.accounting)
    }
}

/// A running jail. Dropping it ends the jailer and everything in it.
struct Jail {
    socket: Option<OwnedFd>,
    launcher: Child,
    ids: Option<(u32, u32)>,
    boxes: u32,
    buffer: Vec<u8>,
}

impl Jail {
    fn launch(plan: &JailPlan) -> Result<Self, SandboxError> {
        let failed =
            |what: &str, error: std::io::Error| SandboxError::host(format!("cannot {what}: {error}"));
        let ids = id_range()?;
        let (ours, theirs) = wire::socket_pair().map_err(|error| failed("make a socket", error))?;
        let launcher = launcher(theirs)?;
        let mut jail = Self { socket: Some(ours), launcher, ids, boxes: 0, buffer: vec![0; 4096] };
        let launch = Request::Launch {
            tree: plan.tree.clone(),
            ids,
            leftovers: plan.leftovers.clone(),
            accounted: plan.accounting.is_counted(),
        };
        match jail.ask(&launch, &[])? {
            (Reply::Ready, _) => Ok(jail),
            (other, _) => Err(unexpected(other)),
        }
    }

    /// Makes one box and waits until its init has set it up.
    fn make_box(&mut self, accounting: &Accounting) -> Result<RawBox, SandboxError> {
        let failed = |error: std::io::Error| SandboxError::host(format!("cannot make a box: {error}"));
        let (control, theirs) = wire::socket_pair().map_err(failed)?;
        // As root every box has an id of its own, so that no two boxes share a user on the host.
        let id = self.ids.map_or(0, |(_, count)| 1 + self.boxes % (count - 1));
        self.boxes = self.boxes.wrapping_add(1);
        let (reply, mut fds) = self.ask(&Request::NewBox { id }, &[theirs.as_fd()])?;
        drop(theirs);
        let (Reply::Born, Some(pidfd)) = (&reply, fds.pop()) else { return Err(unexpected(reply)) };
        let owner = self.ids.map(|(first, _)| first + id);
        let (born, _) = receive(&control, &mut self.buffer)?;
        if born != Reply::Born {
            return Err(unexpected(born));
        }
        // Moving a process into a cgroup may wait for every processor: another reason to do it ahead of demand.
        let group = accounting.group().map_err(failed)?;
        if let Some(group) = &group {
            group.attach(host_pid(&pidfd).map_err(failed)?).map_err(failed)?;
        }
        Ok(RawBox { control, pidfd, owner, group })
    }

    /// Starts an interpreter that imports `preload`.
    fn make_zygote(&mut self, preload: &[&str]) -> Result<Zygote, SandboxError> {
        let failed = |error: std::io::Error| SandboxError::host(format!("cannot start the zygote: {error}"));
        let (socket, theirs) = wire::socket_pair().map_err(failed)?;
        let preload = preload.iter().map(|name| (*name).to_owned()).collect();
        match self.ask(&Request::NewZygote { preload }, &[theirs.as_fd()])? {
            (Reply::Born, _) => Ok(Zygote::new(socket)),
            (other, _) => Err(unexpected(other)),
        }
    }

    fn ask(
        &mut self,
        request: &Request,
        fds: &[std::os::fd::BorrowedFd<'_>],
    ) -> Result<(Reply, Vec<OwnedFd>), SandboxError> {
        let socket = self.socket.as_ref().ok_or_else(jail_gone)?;
        wire::send(socket, request, fds).map_err(|_| jail_gone())?;
        receive(socket, &mut self.buffer)
    }

    /// Whether the jailer still holds its end of the socket.
    fn is_alive(&self) -> bool {
        let Some(socket) = &self.socket else { return false };
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        let mut state = [PollFd::new(socket, PollFlags::IN)];
        poll(&mut state, Some(&now)).is_ok() && !state[0].revents().contains(PollFlags::HUP)
    }
}

/// Starts this executable again as a process of the jail, with a socket to ask it things.
pub(super) fn launcher(socket: OwnedFd) -> Result<Child, SandboxError> {
    if jail::inside() {
        return Err(SandboxError::host("this executable cannot be started again as a jailer"));
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the sandbox: it starts itself again as the jailer"
    )]
    Command::new("/proc/self/exe")
        .arg0(jail::NAME)
        .arg(jail::ARGUMENT)
        .env_clear()
        .current_dir("/")
        // An interrupt at the terminal is the supervisor's to handle: boxes go on until it says so.
        .process_group(0)
        .stdin(socket)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| SandboxError::host(format!("cannot start the jailer: {error}")))
}

impl Drop for Jail {
    fn drop(&mut self) {
        // The jailer ends when its socket does, the launcher when the jailer does.
        self.socket = None;
        let _ = self.launcher.wait();
    }
}

/// A process's number on the host: the kernel tells it to whoever holds its descriptor.
pub(crate) fn host_pid(pidfd: &OwnedFd) -> std::io::Result<Pid> {
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{}", pidfd.as_raw_fd()))?;
    info.lines()
        .find_map(|line| line.strip_prefix("Pid:")?.trim().parse().ok())
        .and_then(Pid::from_raw)
        .ok_or_else(|| std::io::Error::other("the process has ended"))
}

/// A process's number in the innermost pid namespace that it is in.
pub(crate) fn inner_pid(pidfd: &OwnedFd) -> std::io::Result<u32> {
    let info = fs::read_to_string(format!("/proc/self/fdinfo/{}", pidfd.as_raw_fd()))?;
    info.lines()
        .find_map(|line| line.strip_prefix("NSpid:")?.split_whitespace().last()?.parse().ok())
        .filter(|pid| *pid > 0)
        .ok_or_else(|| std::io::Error::other("the process has ended"))
}

fn jail_gone() -> SandboxError {
    SandboxError::host("the jailer has ended")
}

/// One answer, within bounded time.
pub(super) fn receive(socket: &OwnedFd, buffer: &mut [u8]) -> Result<(Reply, Vec<OwnedFd>), SandboxError> {
    let timeout = Timespec { tv_sec: ANSWER_TIMEOUT.as_secs() as i64, tv_nsec: 0 };
    let mut ready = [PollFd::new(socket, PollFlags::IN)];
    let answered = rustix::io::retry_on_intr(|| poll(&mut ready, Some(&timeout)));
    if !matches!(answered, Ok(1)) {
        return Err(SandboxError::host("the jailer does not answer"));
    }
    match wire::receive(socket, buffer, RecvFlags::empty()) {
        Ok(Some((Reply::Failed { step, errno }, _))) => Err(jail_failure(&step, errno)),
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(jail_gone()),
        Err(error) => Err(SandboxError::host(format!("the jailer's answer cannot be read: {error}"))),
    }
}

/// An answer out of turn, or a failure that the init of a box reports.
pub(crate) fn unexpected(reply: Reply) -> SandboxError {
    match reply {
        Reply::Failed { step, errno } => jail_failure(&step, errno),
        Reply::Unrunnable { what, errno } => {
            SandboxError::Refused(format!("{what}: {}", std::io::Error::from_raw_os_error(errno)))
        }
        other => SandboxError::host(format!("the jailer answered out of turn: {other:?}")),
    }
}

/// The range of host ids for boxes: none for an ordinary user, whose own id they have.
fn id_range() -> Result<Option<(u32, u32)>, SandboxError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let maps = ["uid_map", "gid_map"]
        .map(|map| fs::read_to_string(Path::new("/proc/self").join(map)).unwrap_or_default());
    match ID_RANGES.into_iter().find(|range| maps.iter().all(|map| is_mapped(map, *range))) {
        Some(range) => Ok(Some(range)),
        None => Err(SandboxError::Host {
            what: "root has no unprivileged ids to give to boxes".to_owned(),
            hint: "map at least 65,536 ids into this container, or run as an ordinary user".to_owned(),
        }),
    }
}

/// Whether an id map (lines of inside, outside, count) covers a range.
fn is_mapped(map: &str, (first, count): (u32, u32)) -> bool {
    map.lines().any(|line| {
        let numbers: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [inside, _, length] = numbers[..] else { return false };
        u64::from(first) >= inside && u64::from(first) + u64::from(count) <= inside + length
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_must_lie_in_one_line_of_the_map() {
        let whole = "         0          0 4294967295\n";
        let container = "0 100000 1000\n1000 500000 64536\n";
        assert!(ID_RANGES.iter().all(|range| is_mapped(whole, *range)));
        assert_eq!(ID_RANGES.map(|range| is_mapped(container, range)), [false, false, true]);
        assert!(!is_mapped("", ID_RANGES[0]));
    }
}
