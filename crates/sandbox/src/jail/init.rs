//! The init of a box: pid 1 of its namespaces. It sets the box up, starts programs, reaps, and kills.
//!
//! It outlives every program and keeps the box's mounts alive between them. It is undumpable and holds no capability
//! once the box is armed, so a program can neither read nor stop it; if it ends, the kernel kills the whole box.

use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd};
use std::time::Duration;

use landlock::RulesetCreated;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::RecvFlags;
use rustix::process::{
    DumpableBehavior, Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, pidfd_open, set_dumpable_behavior,
    set_parent_process_death_signal,
};
use rustix::thread::{CapabilitySet, CapabilitySets, set_thread_res_gid, set_thread_res_uid};

use super::jailer::BOX_ID;
use super::seccomp::Filters;
use super::{Step as _, StepError, confine, kept, plain, root, rules, usage};
use crate::sys::{self, Forked, SingleThread};
use crate::wire::{self, Ended, Reply, Request, Start};

/// How often a box without a cgroup is sampled while a program runs.
const WATCH_PERIOD: Duration = Duration::from_millis(50);

/// The namespaces of a box in the order in which they are entered; the pid namespace, which is entered by a fork, last.
const NAMESPACE_FILES: [&str; 7] = ["user", "mnt", "net", "ipc", "uts", "cgroup", "pid"];

/// The exit code of a program that could not be set up.
const SETUP_FAILED: i32 = 125;

struct Init<'a> {
    proof: SingleThread,
    control: &'a OwnedFd,
    filters: &'a Filters,
    children: OwnedFd,
    rules: Option<RulesetCreated>,
    run: Option<Run>,
    /// What outlives runs: a live session, until somebody says otherwise.
    kept: Option<Pid>,
    /// How it ended, if it was this process's own child.
    kept_status: Option<i32>,
    /// The user of its programs, if the box is a whole container.
    plain: Option<u32>,
}

/// The program that runs now.
struct Run {
    /// The program, or `None` if somebody else watches it.
    main: Option<Pid>,
    start: Start,
    ended: Ended,
    main_status: Option<i32>,
}

/// Runs the init until the supervisor drops the box and gives its exit code.
pub(super) fn run(proof: SingleThread, control: &OwnedFd, filters: &Filters) -> i32 {
    serve_as(proof, control, filters, settle(control, filters), None)
}

/// Runs the init of a box that is a whole container, until its server drops it.
pub(super) fn run_plain(control: &OwnedFd, user: u32) -> i32 {
    let ready = SingleThread::check().step("start the init").and_then(|proof| {
        let filters = Filters::compile(false)?;
        let children = plain::settle(control, &filters)?;
        Ok((proof, filters, children))
    });
    match ready {
        Ok((proof, filters, children)) => serve_as(proof, control, &filters, Ok(children), Some(user)),
        Err(error) => {
            let _ = wire::send(control, &error.reply(), &[]);
            1
        }
    }
}

fn serve_as(
    proof: SingleThread,
    control: &OwnedFd,
    filters: &Filters,
    settled: Result<OwnedFd, StepError>,
    plain: Option<u32>,
) -> i32 {
    let children = match settled {
        Ok(children) => children,
        Err(error) => {
            let _ = wire::send(control, &error.reply(), &[]);
            return 1;
        }
    };
    let (rules, run, kept, kept_status) = (None, None, None, None);
    let mut init = Init { proof, control, filters, children, rules, run, kept, kept_status, plain };
    if wire::send(control, &Reply::Born, &[]).is_err() {
        return 1;
    }
    match init.serve() {
        Ok(()) => 0,
        Err(error) => {
            let _ = wire::send(control, &error.reply(), &[]);
            1
        }
    }
}

/// What can be done before the limits are known; most of a box's cost, paid ahead of time.
fn settle(control: &OwnedFd, filters: &Filters) -> Result<OwnedFd, StepError> {
    // 1. The one user of the box: mounts made from here on are its own.
    let (uid, gid) = (rustix::fs::Uid::from_raw(BOX_ID), rustix::fs::Gid::from_raw(BOX_ID));
    set_thread_res_gid(gid, gid, gid).step("become the box's group")?;
    set_thread_res_uid(uid, uid, uid).step("become the box's user")?;
    // 2. A change of ids clears the death signal; and nobody in the box may look into this process.
    set_parent_process_death_signal(Some(Signal::KILL)).step("follow the jailer")?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable).step("become undumpable")?;
    root::mount_private()?;
    rustix::system::sethostname(b"box").step("name the box")?;
    // 3. The jailer ignores its children; this process has to see its own end.
    sys::ignore_children(false);
    let children = sys::child_signal_fd().step("watch children")?;
    // 4. Whatever else the jailer held open (its own socket, the gates of other boxes) must not be in the box.
    keep_only(control, &children)?;
    // 5. The long half of the filter, which still allows what `arm` has to do.
    filters.install_first()?;
    Ok(children)
}

/// What a child wrote that could not become its program; `None` if it did.
fn failure(verdict: &OwnedFd) -> Result<Option<Reply>, StepError> {
    let mut buffer = [0; rustix::pipe::PIPE_BUF];
    match rustix::io::retry_on_intr(|| rustix::io::read(verdict, &mut buffer)).step("wait for a program")? {
        0 => Ok(None),
        read => wire::Message::decode(&buffer[..read]).map(Some).step("read why a program failed"),
    }
}

/// Closes every descriptor but the standard streams (all `/dev/null`) and these two.
pub(super) fn keep_only(control: &OwnedFd, children: &OwnedFd) -> Result<(), StepError> {
    let mut kept = [control.as_raw_fd() as u32, children.as_raw_fd() as u32];
    kept.sort_unstable();
    sys::close_range(3, kept[0] - 1).step("close descriptors")?;
    sys::close_range(kept[0] + 1, kept[1] - 1).step("close descriptors")?;
    sys::close_range(kept[1] + 1, u32::MAX).step("close descriptors")
}

/// Lets the supervisor fill a folder of the work directory and seals it then.
fn furnish(control: &OwnedFd, name: &str, disk_bytes: u64, inodes: u64) -> Result<OwnedFd, StepError> {
    let folder = root::mount_folder(name, disk_bytes, inodes)?;
    wire::send(control, &Reply::Furnish, &[folder.mount.as_fd()]).step("answer")?;
    let mut buffer = vec![0; wire::PACKET_BYTES_MAX];
    match wire::receive::<Request>(control, &mut buffer, RecvFlags::empty()).step("read a request")? {
        Some((Request::Seal, _)) => folder.seal(),
        other => {
            let asked = other.map(|(request, _)| request);
            Err(StepError { step: format!("a request before the seal: {asked:?}"), errno: 0 })
        }
    }
}

/// Fixes the limits, gives up every capability, and hands out the work directory with its sealed folder, if it has one.
fn arm(
    control: &OwnedFd,
    (disk_bytes, inodes, sealed): (u64, u64, &str),
    filters: &Filters,
) -> Result<(Vec<OwnedFd>, RulesetCreated), StepError> {
    let mut folders = vec![root::mount_work(disk_bytes, inodes)?];
    if !sealed.is_empty() {
        folders.push(furnish(control, sealed, disk_bytes, inodes)?);
    }
    // The rules name mounts, so they are made once all mounts are there.
    let rules = rules::rules()?;
    keep_capabilities(CapabilitySet::empty())?;
    // From here on this process may do no more than a program of the box.
    filters.install_rest()?;
    Ok((folders, rules))
}

/// Gives up all capabilities but these, and every way to gain one.
pub(super) fn keep_capabilities(kept: CapabilitySet) -> Result<(), StepError> {
    rustix::thread::set_no_new_privs(true).step("set no_new_privs")?;
    rustix::thread::clear_ambient_capability_set().step("drop ambient capabilities")?;
    for bit in 0..u64::BITS {
        let capability = CapabilitySet::from_bits_retain(1 << bit);
        // The kernel knows fewer than 64; the first unknown one ends the list.
        if rustix::thread::remove_capability_from_bounding_set(capability).is_err() {
            break;
        }
    }
    let sets = CapabilitySets { effective: kept, permitted: kept, inheritable: CapabilitySet::empty() };
    rustix::thread::set_capabilities(None, sets).step("drop capabilities")
}

impl Init<'_> {
    fn serve(&mut self) -> Result<(), StepError> {
        let mut buffer = vec![0; wire::PACKET_BYTES_MAX];
        loop {
            let watched = self.run.as_ref().is_some_and(|run| run.start.watched);
            let period = Timespec { tv_sec: 0, tv_nsec: WATCH_PERIOD.as_nanos() as i64 };
            let mut ready =
                [PollFd::new(self.control, PollFlags::IN), PollFd::new(&self.children, PollFlags::IN)];
            match poll(&mut ready, watched.then_some(&period)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error).step("wait for events"),
            }
            let (asked, child) = (!ready[0].revents().is_empty(), !ready[1].revents().is_empty());
            if asked {
                match wire::receive::<Request>(self.control, &mut buffer, RecvFlags::empty()) {
                    Ok(Some((request, fds))) => self.handle(request, fds)?,
                    // The supervisor dropped the box: our end is everyone's end.
                    Ok(None) => return Ok(()),
                    Err(error) => return Err(error).step("read a request"),
                }
            }
            if child {
                self.reap()?;
            }
            if watched {
                self.watch();
            }
        }
    }

    fn handle(&mut self, request: Request, fds: Vec<OwnedFd>) -> Result<(), StepError> {
        match request {
            Request::Arm { disk_bytes, inodes, sealed } if self.rules.is_none() => {
                let (folders, rules) = match self.plain {
                    Some(_) if sealed.is_empty() => {
                        plain::arm(self.filters).map(|(work, rules)| (vec![work], rules))?
                    }
                    Some(_) => {
                        let step = "a read-only folder in a container of its own".to_owned();
                        return Err(StepError { step, errno: 0 });
                    }
                    None => arm(self.control, (disk_bytes, inodes, &sealed), self.filters)?,
                };
                self.rules = Some(rules);
                let fds: Vec<_> = folders.iter().map(OwnedFd::as_fd).collect();
                wire::send(self.control, &Reply::Armed, &fds).step("answer")
            }
            Request::Start(start) if self.run.is_none() && self.rules.is_some() => self.start(start, fds),
            Request::Adopt(start) if self.run.is_none() => {
                let ways = self.ways_in()?;
                self.run = Some(Run { main: None, start, ended: Ended::default(), main_status: None });
                let fds: Vec<_> = ways.iter().map(OwnedFd::as_fd).collect();
                wire::send(self.control, &Reply::Started, &fds).step("answer")
            }
            Request::Begin(start) if self.run.is_none() => {
                self.run = Some(Run { main: None, start, ended: Ended::default(), main_status: None });
                Ok(())
            }
            Request::Keep { pid } => {
                self.kept = i32::try_from(pid).ok().and_then(Pid::from_raw);
                (self.run, self.kept_status) = (None, None);
                Ok(())
            }
            Request::Open { pid } => {
                let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
                let found = pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok());
                let fds: Vec<_> = found.iter().map(OwnedFd::as_fd).collect();
                wire::send(self.control, &Reply::Started, &fds).step("answer")
            }
            Request::Finish { status } => {
                if let Some(run) = self.run.as_mut().filter(|run| run.main.is_none()) {
                    run.main_status = Some(status);
                }
                self.reap()
            }
            Request::Kill => {
                kept::kill_others(self.kept);
                Ok(())
            }
            other => Err(StepError { step: format!("a request out of turn: {other:?}"), errno: 0 }),
        }
    }

    /// What a process from outside needs to become one of the box: its namespaces, and the rules that it must come under.
    fn ways_in(&self) -> Result<Vec<OwnedFd>, StepError> {
        let rules = self.rules.as_ref().map(RulesetCreated::try_clone).transpose().step("share the rules")?;
        let rules: Option<OwnedFd> = rules.and_then(Into::into);
        let mut ways = Vec::with_capacity(NAMESPACE_FILES.len() + 1);
        for file in NAMESPACE_FILES {
            let path = format!("/proc/self/ns/{file}");
            ways.push(std::fs::File::open(&path).step(&path)?.into());
        }
        ways.push(rules.ok_or(StepError { step: "a program before the limits".to_owned(), errno: 0 })?);
        Ok(ways)
    }

    fn start(&mut self, mut start: Start, fds: Vec<OwnedFd>) -> Result<(), StepError> {
        let mut fds = fds.into_iter();
        let (Some(stdout), Some(stderr), orders) = (fds.next(), fds.next(), fds.next()) else {
            return Err(StepError { step: "a start without its streams".to_owned(), errno: 0 });
        };
        // Closed by the start of the program; until then a step that fails says so here, out of the program's reach.
        let (verdict, failing) =
            rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).step("make a pipe")?;
        match sys::fork(self.proof).step("fork a program")? {
            Forked::Child => {
                let streams = confine::Streams { stdout, stderr, orders };
                if let Some(user) = self.plain {
                    if let Err(error) = plain::become_user(user) {
                        let _ = rustix::io::write(&failing, &wire::Message::encode(&error.reply()));
                        sys::exit_now(SETUP_FAILED)
                    }
                    // Here the init is no process of the programs' user.
                    start.processes = start.processes.saturating_sub(1);
                }
                let reply = match self.rules.take() {
                    Some(rules) => confine::become_program(&start, &streams, rules),
                    None => StepError { step: "a start before the limits".to_owned(), errno: 0 }.reply(),
                };
                let _ = rustix::io::write(&failing, &wire::Message::encode(&reply));
                sys::exit_now(SETUP_FAILED)
            }
            Forked::Parent { pid, pidfd } => {
                drop(failing);
                if let Some(reply) = failure(&verdict)? {
                    return wire::send(self.control, &reply, &[]).step("answer");
                }
                wire::send(self.control, &Reply::Started, &[pidfd.as_fd()]).step("answer")?;
                self.run = Some(Run { main: Some(pid), start, ended: Ended::default(), main_status: None });
                Ok(())
            }
        }
    }

    /// Reaps whatever has ended; when the program itself has, kills the rest of its tree and reports.
    fn reap(&mut self) -> Result<(), StepError> {
        let mut drained = [0; 128];
        while rustix::io::read(&self.children, &mut drained).is_ok_and(|bytes| bytes > 0) {}
        while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
            self.note(pid, status);
        }
        let Some(run) = self.run.as_mut().filter(|run| run.main_status.is_some()) else { return Ok(()) };
        // The program itself, just reaped, was one of them.
        if run.start.watched && usage::processes().0 + 1 >= run.start.processes {
            run.ended.processes_full = true;
        }
        if let Some(status) = kept::end_others(self.kept) {
            self.kept_status = Some(status);
        }
        if let Some(run) = self.run.take() {
            // A session of this process's own is known here, and may have been reaped only just now.
            let kept_status = self.kept_status.filter(|_| run.main.is_none());
            let status = kept_status.or(run.main_status).unwrap_or_default();
            let ended =
                Ended { status, disk_full: usage::disk_full(), cpu_us: sys::children_cpu_us(), ..run.ended };
            wire::send(self.control, &Reply::Ended(ended), &[]).step("answer")?;
        }
        Ok(())
    }

    fn note(&mut self, pid: Pid, status: WaitStatus) {
        if let Some(run) = self.run.as_mut().filter(|run| run.main == Some(pid)) {
            run.main_status = Some(kept::status_of(status));
        } else if self.kept == Some(pid) {
            self.kept_status = Some(kept::status_of(status));
        }
    }

    /// Samples a box whose memory and processes no cgroup counts.
    fn watch(&mut self) {
        let Some(run) = self.run.as_mut() else { return };
        let (tasks, bytes) = usage::processes();
        if tasks >= run.start.processes {
            run.ended.processes_full = true;
        }
        if bytes + usage::files() > run.start.memory_bytes {
            run.ended.memory_exceeded = true;
            // A session is what grew, or stands in the way of what did.
            sys::kill_all();
        }
    }
}
