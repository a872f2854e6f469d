//! Live sessions: cells in a Python process of the box that stays between them.
//!
//! The session's process runs the agent's code, so what it says is the agent's to forge: all that is taken from it is that
//! a packet of the one right shape came, and bounded bytes of what it printed. Time is counted out here.

use std::io;
use std::os::fd::OwnedFd;
use std::time::Duration;

use envy_core::{Cell, CellResult, ExecResult, JobLimits, LimitHit, SandboxError};
use rustix::net::{RecvFlags, SendFlags};
use rustix::process::Signal;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::{Instant, sleep_until, timeout};

use super::child::{Child, SESSION_CPU_S};
use super::live::{KillOnDrop, Live};
use super::run::{KILL_GRACE, how_it_ended, next_reply, register, stream_failed};
use super::zygote::Zygote;
use crate::wire::{self, Ended, Reply, Request};

/// How long a cell may take to end after it was interrupted at its time limit, before the session is killed.
const INTERRUPT_GRACE: Duration = Duration::from_secs(1);

/// Bytes of a reply: a letter, how the cell ended, its number.
const REPLY_BYTES: usize = 6;

/// A session and how many cells it was given.
pub(crate) struct Session {
    /// Its process.
    pub(crate) child: Child,
    /// Cells so far, those of its ancestors included.
    pub(crate) cells: u32,
}

/// How a cell ended, before limits are looked at.
struct CellEnd {
    /// What the session said; `None` if it ended, or had to be ended.
    status: Option<i32>,
    /// The limit at which the cell was interrupted or the session killed.
    stop: Option<LimitHit>,
}

impl Live {
    /// Runs a cell in the live session, a new one if there is none or if the last has ended.
    ///
    /// # Errors
    /// The host failed, not the cell.
    pub(crate) async fn cell(
        &mut self,
        cell: &Cell,
        limits: &JobLimits,
        zygote: Option<std::sync::Arc<Zygote>>,
    ) -> Result<CellResult, SandboxError> {
        let mut session = self.session.take().filter(|session| session.child.is_running());
        let is_new = session.is_none();
        if let Some(parked) = self.waiting.take().filter(|child| is_new && child.is_running()) {
            // It waited for an order of any kind, and its init keeps it already.
            session = Some(Session { child: parked.wake()?, cells: 0 });
        }
        let mut watch = KillOnDrop::new(&self.init);
        let mut session = match session.take() {
            Some(session) => session,
            None => self.start_session(limits, zygote).await?,
        };
        let before = self.hits();
        let wall = Duration::from_millis(cell.wall_ms.min(limits.wall_ms));
        let bytes_max = cell.stream_bytes.min(limits.stream_bytes);
        session.child.out.begin(bytes_max);
        session.child.err.begin(bytes_max);
        self.tell(&Request::Begin(self.start(wall, limits, String::new())))?;
        let end = session.run(&cell.code, wall).await?;
        let is_alive = end.status.is_some();
        let status = match end.status {
            Some(status) => status,
            None => session.child.status().await?,
        };
        let mut ended = self.finish(status).await?;
        if !is_alive {
            if self.snapshots.is_empty() {
                self.tell(&Request::Keep { pid: 0 })?;
            }
            // A session that left by itself and in peace has lost its state all the same.
            ended.status = if ended.status == 0 { 1 } else { ended.status };
        }
        watch.disarm();
        let (out, err) = (session.child.out.end(), session.child.err.end());
        let cut = out.is_cut() || err.is_cut();
        let end = how_it_ended(end.stop, ended, self.hits().since(before));
        self.session = is_alive.then_some(session);
        let run = ExecResult { end, stdout: out.finish(), stderr: err.finish(), cut };
        Ok(CellResult { run, is_new, is_alive })
    }

    async fn start_session(
        &mut self,
        limits: &JobLimits,
        zygote: Option<std::sync::Arc<Zygote>>,
    ) -> Result<Session, SandboxError> {
        self.tell(&Request::Keep { pid: 0 })?;
        // They were of another session; the next end of a run clears them away.
        self.snapshots.clear();
        let mut start = self.start(Duration::from_millis(limits.wall_ms), limits, crate::WORK_DIR.to_owned());
        start.cpu_s = SESSION_CPU_S;
        let child = self.child(start, zygote).await?;
        let pid = child.pid().map_err(|error| SandboxError::host(format!("a session is gone: {error}")))?;
        self.tell(&Request::Keep { pid })?;
        Ok(Session { child, cells: 0 })
    }

    /// Tells the init that a cell is over and takes what it saw.
    async fn finish(&self, status: i32) -> Result<Ended, SandboxError> {
        self.tell(&Request::Finish { status })?;
        let socket = register(std::os::fd::AsFd::as_fd(&self.control))?;
        let mut buffer = vec![0; 4096];
        let late = |_| SandboxError::host("a box could not be cleared in time");
        match timeout(KILL_GRACE, next_reply(&socket, &mut buffer)).await.map_err(late)?? {
            (Reply::Ended(ended), _) => Ok(ended),
            (other, _) => Err(super::pool::unexpected(other)),
        }
    }
}

impl Session {
    /// Gives the process a cell and waits for its end, a limit, or the end of the process.
    async fn run(&mut self, code: &str, wall: Duration) -> Result<CellEnd, SandboxError> {
        self.cells += 1;
        let order = [b"C", code.as_bytes()].concat();
        // What waits here was sent unasked; a process that does so is not in the hands of our code any more.
        let mut buffer = [0; REPLY_BYTES];
        let stray = wire::receive_bytes(self.child.orders.get_ref(), &mut buffer, RecvFlags::DONTWAIT);
        let is_quiet = matches!(&stray, Err(error) if error.kind() == io::ErrorKind::WouldBlock);
        let send = || wire::send_bytes(self.child.orders.get_ref(), &order, &[], SendFlags::DONTWAIT);
        if !is_quiet || send().is_err() {
            self.child.signal(Signal::KILL);
        }
        let mut buffers = [vec![0; 64 << 10], vec![0; 64 << 10]];
        let end = self.pump(wall, &mut buffers).await?;
        let [left, right] = &mut buffers;
        self.child.out.drain(left);
        self.child.err.drain(right);
        Ok(end)
    }

    async fn pump(&mut self, wall: Duration, buffers: &mut [Vec<u8>; 2]) -> Result<CellEnd, SandboxError> {
        let number = self.cells;
        let Child { process, orders, out, err, .. } = &mut self.child;
        let kill = |process: &AsyncFd<OwnedFd>, signal| {
            let _ = rustix::process::pidfd_send_signal(process.get_ref(), signal);
        };
        let [left, right] = buffers;
        let mut deadline = Instant::now() + wall;
        let (mut stop, mut killed, mut broken) = (None, false, false);
        loop {
            tokio::select! {
                biased;
                reply = next_status(orders, number), if !broken => {
                    if reply.is_some() {
                        return Ok(CellEnd { status: reply, stop });
                    }
                    // It closed its end, or sent what it should not: nobody can talk to it any more.
                    (broken, killed) = (true, true);
                    kill(process, Signal::KILL);
                    deadline = Instant::now() + KILL_GRACE;
                }
                ended = process.readable() => {
                    ended.map_err(|error| stream_failed(&error))?.retain_ready();
                    return Ok(CellEnd { status: None, stop });
                }
                () = sleep_until(deadline) => {
                    if killed {
                        return Err(SandboxError::host("a session could not be killed in time"));
                    }
                    // Interrupted first, so that what it holds is not lost; a cell may not listen.
                    killed = stop.is_some();
                    stop = Some(LimitHit::Time);
                    kill(process, if killed { Signal::KILL } else { Signal::INT });
                    deadline = Instant::now() + if killed { KILL_GRACE } else { INTERRUPT_GRACE };
                }
                taken = out.take(left), if out.is_open() => taken.map_err(|error| stream_failed(&error))?,
                taken = err.take(right), if err.is_open() => taken.map_err(|error| stream_failed(&error))?,
            }
            if !killed && (out.is_excessive() || err.is_excessive()) {
                killed = true;
                stop = Some(LimitHit::Output);
                kill(process, Signal::KILL);
                deadline = Instant::now() + KILL_GRACE;
            }
        }
    }
}

/// Waits for the reply to cell `number`; `None` if what came is no such thing.
async fn next_status(orders: &AsyncFd<OwnedFd>, number: u32) -> Option<i32> {
    let mut buffer = [0; REPLY_BYTES];
    let received = orders
        .async_io(Interest::READABLE, |socket| {
            let packet = wire::receive_bytes(socket, &mut buffer, RecvFlags::DONTWAIT)?;
            Ok(packet.and_then(|(bytes, _)| parse(bytes, number)))
        })
        .await;
    received.ok().flatten()
}

/// How cell `number` ended by its reply: 0 in peace, 1 with an exception.
fn parse(packet: &[u8], number: u32) -> Option<i32> {
    let [b'D', status @ (0 | 1), rest @ ..] = packet else { return None };
    (*rest == number.to_le_bytes()).then_some(i32::from(*status))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn no_bytes_of_a_session_are_a_reply_but_the_one(
            packet in proptest::collection::vec(0u8..8, 0..REPLY_BYTES + 3),
            number in 0u32..8,
        ) {
            let right = [&b"D"[..], packet.get(1..2).unwrap_or_default(), &number.to_le_bytes()].concat();
            let expected = (packet == right && packet[1] < 2).then(|| i32::from(packet[1]));
            proptest::prop_assert_eq!(parse(&packet, number), expected);
            // With the right letter before them, so that the rest is looked at.
            let lettered = [&b"D"[..], &packet].concat();
            let told = parse(&lettered, number);
            proptest::prop_assert_eq!(told.is_some(), lettered.len() == REPLY_BYTES && lettered[1] < 2 && lettered[2..] == number.to_le_bytes());
        }
    }

    #[test]
    fn only_the_reply_to_this_very_cell_is_one() {
        assert_eq!(parse(&[b'D', 0, 7, 0, 0, 0], 7), Some(0));
        assert_eq!(parse(&[b'D', 1, 7, 1, 0, 0], 263), Some(1));
        for forged in
            [&b""[..], b"D", b"D\0", &[b'D', 2, 7, 0, 0, 0], &[b'D', 0, 8, 0, 0, 0], &[b'E', 0, 7, 0, 0, 0]]
        {
            assert_eq!(parse(forged, 7), None, "{forged:?}");
        }
    }
}
