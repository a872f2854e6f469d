//! One open box: its init, its files, and one program at a time.

use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use envy_core::{BoxUsage, Exec, ExecResult, JobLimits, SandboxError, Sealed};
use rustix::process::{Signal, pidfd_send_signal};

use super::cgroup::{Group, Hits};
use super::child::{Child, Parked};
use super::files::{INODES_MAX, WorkFiles};
use super::pool::{RawBox, unexpected};
use super::run::{Run, box_gone, how_it_ended, next_reply, register, stream};
use super::session::Session;
use super::snapshot::Snapshot;
use super::workbox::on_files;
use super::zygote::{Script, Zygote};
use crate::wire::{self, Reply, Request, Start};

/// What the temporary folders of a box may hold together.
const TEMPORARY_BYTES: u64 = 128 << 20;

/// The least cap of one file, so that the temporary folders can be filled; the work directory has its own quota.
const FILE_BYTES_MIN: u64 = 64 << 20;

/// Processor time of one process, as a multiple of the wall clock: a backstop for many threads.
const CPU_PER_WALL: u64 = 8;

/// An open box. Dropping it kills everything in it.
pub(crate) struct Live {
    /// The socket to its init.
    pub(crate) control: OwnedFd,
    /// Its init, shared with whoever watches over a run.
    pub(crate) init: Arc<OwnedFd>,
    /// Its cgroup, where there is one.
    pub(crate) group: Option<Group>,
    /// Its live session, once there was a cell.
    pub(crate) session: Option<Session>,
    /// Snapshots of the session, oldest first.
    pub(crate) snapshots: Vec<Snapshot>,
    children_cpu_us: u64,
    init_cpu_us: u64,
    /// A child that was forked ahead of demand, until there is a script or a cell for it.
    pub(crate) waiting: Option<Parked>,
    /// The files of its work directory.
    pub(crate) files: Arc<WorkFiles>,
}

impl Live {
    /// Fixes the limits of a fresh box.
    ///
    /// # Errors
    /// The host refused, or the box is gone.
    pub(crate) async fn arm(
        raw: RawBox,
        limits: &JobLimits,
        sealed: Option<Arc<Sealed>>,
    ) -> Result<Self, SandboxError> {
        let RawBox { control, pidfd, owner, group } = raw;
        // A size of 0 would mean no quota at all.
        let disk_bytes = limits.disk_bytes.max(rustix::param::page_size() as u64);
        let folder = sealed.as_ref().map(|sealed| sealed.folder.clone()).unwrap_or_default();
        let arm = Request::Arm { disk_bytes, inodes: INODES_MAX, sealed: folder.clone() };
        wire::send(&control, &arm, &[]).map_err(|error| box_gone(&error))?;
        let socket = register(control.as_fd())?;
        let mut buffer = vec![0; 4096];
        if let Some(sealed) = sealed {
            let (reply, mut fds) = next_reply(&socket, &mut buffer).await?;
            let (Reply::Furnish, Some(empty)) = (&reply, fds.pop()) else { return Err(unexpected(reply)) };
            let inside = Arc::new(WorkFiles::new(empty, owner));
            on_files(&inside, move |inside| sealed.files.iter().try_for_each(|file| inside.write(file)))
                .await?;
            wire::send(&control, &Request::Seal, &[]).map_err(|error| box_gone(&error))?;
        }
        let (reply, fds) = next_reply(&socket, &mut buffer).await?;
        drop(socket);
        let mut fds = fds.into_iter();
        let (Reply::Armed, Some(work)) = (&reply, fds.next()) else { return Err(unexpected(reply)) };
        if let Some(group) = &group {
            group
                .limit(limits.memory_bytes, disk_bytes + TEMPORARY_BYTES, limits.processes)
                .map_err(|error| SandboxError::host(format!("cannot limit a box's memory: {error}")))?;
        }
        let inside = fds.next().map(|inside| (folder, inside));
        let files = Arc::new(WorkFiles { sealed: inside, ..WorkFiles::new(work, owner) });
        Ok(Self {
            control,
            init: Arc::new(pidfd),
            group,
            session: None,
            snapshots: Vec::new(),
            children_cpu_us: 0,
            init_cpu_us: 0,
            waiting: None,
            files,
        })
    }

    /// Runs a program to its end, a limit or a kill of its whole tree; as a child of `zygote`, if there is one.
    ///
    /// # Errors
    /// The host failed, not the program.
    pub(crate) async fn exec(
        &mut self,
        exec: &Exec,
        cwd: String,
        limits: &JobLimits,
        zygote: Option<Arc<Zygote>>,
    ) -> Result<ExecResult, SandboxError> {
        let before = self.hits();
        let wall = Duration::from_millis(exec.wall_ms.min(limits.wall_ms));
        let mut start = self.start(wall, limits, cwd);
        // Should whoever waits for this give up, the program must not run on: the box dies instead.
        let mut watch = KillOnDrop::new(&self.init);
        let stream_bytes = exec.stream_bytes.min(limits.stream_bytes);
        let warm = Script::parse(&exec.argv).filter(|_| zygote.is_some() || self.waiting.is_some());
        let (mut out, mut err, child, _held);
        if let Some(script) = warm {
            let (cwd, cpu_s) = (start.cwd.clone(), start.cpu_s);
            let ready = match self.waiting.take().filter(Parked::is_running) {
                Some(parked) => self.begin(parked, start)?,
                None => self.child(start, zygote).await?,
            };
            ready.order_script(&cwd, cpu_s, &script)?;
            (out, err, child, _held) = (ready.out, ready.err, ready.words, ready.zygote);
        } else {
            let ((reader, stdout), (error_reader, stderr)) = (stream()?, stream()?);
            start.argv.clone_from(&exec.argv);
            wire::send(&self.control, &Request::Start(start), &[stdout.as_fd(), stderr.as_fd()])
                .map_err(|error| box_gone(&error))?;
            (out, err, child, _held) = (reader, error_reader, None, None);
        }
        out.begin(stream_bytes);
        err.begin(stream_bytes);
        let mut run = Run { control: self.control.as_fd(), out, err, child, child_cpu_us: 0, stop: None };
        let ended = run.pump(wall).await;
        if matches!(ended, Err(SandboxError::Refused(_))) {
            watch.disarm(); // The program never ran: the box is as it was.
        }
        let ended = ended?;
        watch.disarm();
        let Run { mut out, mut err, stop, child_cpu_us, .. } = run;
        // The init's is a sum over all that it has reaped; a zygote's child is not its own.
        self.children_cpu_us += child_cpu_us;
        self.init_cpu_us = ended.cpu_us;
        let (out, err) = (out.end(), err.end());
        let cut = out.is_cut() || err.is_cut();
        let end = how_it_ended(stop, ended, self.hits().since(before));
        Ok(ExecResult { end, stdout: out.finish(), stderr: err.finish(), cut })
    }

    /// Makes a waiting child the program of a run.
    fn begin(&self, parked: Parked, start: Start) -> Result<Child, SandboxError> {
        self.tell(&Request::Keep { pid: 0 })?;
        self.tell(&Request::Begin(start))?;
        parked.wake()
    }

    /// Forks a child ahead of demand, to wait for whatever comes first.
    ///
    /// # Errors
    /// The host failed.
    pub(crate) async fn prepare(
        &mut self,
        limits: &JobLimits,
        zygote: Arc<Zygote>,
    ) -> Result<(), SandboxError> {
        let wall = Duration::from_millis(limits.wall_ms);
        let child = self.child(self.start(wall, limits, crate::WORK_DIR.to_owned()), Some(zygote)).await?;
        let pid = child.pid().map_err(|error| SandboxError::host(format!("a child is gone: {error}")))?;
        self.tell(&Request::Keep { pid })?;
        self.waiting = Some(child.park());
        Ok(())
    }

    /// What its programs have used so far.
    pub(crate) fn usage(&self) -> BoxUsage {
        BoxUsage {
            cpu_ms: Some((self.children_cpu_us + self.init_cpu_us) / 1000),
            memory_peak_bytes: self.group.as_ref().and_then(Group::memory_peak),
        }
    }

    /// Whether its child still waits.
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting.as_ref().is_some_and(Parked::is_running)
    }

    /// Tells the init something that it does not answer.
    pub(crate) fn tell(&self, request: &Request) -> Result<(), SandboxError> {
        wire::send(&self.control, request, &[]).map_err(|error| box_gone(&error))
    }

    /// The limits of a run within `wall`, still without a command.
    pub(crate) fn start(&self, wall: Duration, limits: &JobLimits, cwd: String) -> Start {
        Start {
            argv: Vec::new(),
            cwd,
            processes: limits.processes,
            memory_bytes: limits.memory_bytes,
            file_bytes: limits.disk_bytes.max(FILE_BYTES_MIN),
            cpu_s: (wall.as_secs() + 1).saturating_mul(CPU_PER_WALL),
            watched: self.group.is_none(),
        }
    }

    /// How often the box's limits were hit so far.
    pub(crate) fn hits(&self) -> Hits {
        self.group.as_ref().map(Group::hits).unwrap_or_default()
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        // Files are unreachable and everything in the box dies with its init. It may be dead already.
        let _ = pidfd_send_signal(self.init.as_ref(), Signal::KILL);
    }
}

/// Kills the box unless it is disarmed: whoever waited for a run has given up.
pub(crate) struct KillOnDrop {
    init: Arc<OwnedFd>,
    armed: bool,
}

impl KillOnDrop {
    /// Armed.
    pub(crate) fn new(init: &Arc<OwnedFd>) -> Self {
        Self { init: Arc::clone(init), armed: true }
    }

    /// The run came to its end.
    pub(crate) fn disarm(&mut self) {
        self.armed = false;
    }
}

impl Drop for KillOnDrop {
    fn drop(&mut self) {
        if self.armed {
            let _ = pidfd_send_signal(self.init.as_ref(), Signal::KILL);
        }
    }
}
