//! The system calls that no safe crate wraps. All `unsafe` of the workspace is here and in `jail::entry`.

#![expect(unsafe_code, reason = "this file is the one place for it; every block says why it is sound")]

use std::ffi::CStr;
use std::io;
use std::mem::{MaybeUninit, size_of};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd as _, OwnedFd, RawFd};
use std::ptr;

use rustix::process::Pid;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Proof that this process has one thread, so that a forked copy of it is whole: no lock can be held by a thread
/// that the copy lacks, and the allocator stays usable in it.
#[derive(Clone, Copy)]
pub(crate) struct SingleThread(());

impl SingleThread {
    /// Checks that there is one thread. Nothing in the jailer ever starts another.
    pub(crate) fn check() -> io::Result<Self> {
        let threads = std::fs::read_dir("/proc/self/task")?.count();
        if threads == 1 { Ok(Self(())) } else { Err(io::Error::other(format!("{threads} threads, not one"))) }
    }
}

/// Which side of a [`fork_into`] this is.
pub(crate) enum Forked {
    /// The process that called.
    Parent {
        /// The child, as its parent's pid namespace numbers it.
        pid: Pid,
        /// The child by descriptor.
        pidfd: OwnedFd,
    },
    /// The copy.
    Child,
}

/// Forks this process into new namespaces (`CLONE_NEW*`) by `clone3`.
///
/// The C library is not told: in the copy its cached thread id is stale, so nothing there may use `raise`,
/// `pthread_*` or a lock that records its owner.
pub(crate) fn fork_into(proof: SingleThread, namespaces: u64) -> io::Result<Forked> {
    clone3(proof, namespaces, &[])
}

/// The same, with the number that the child is to have in this pid namespace.
pub(crate) fn fork_as(proof: SingleThread, namespaces: u64, pid: i32) -> io::Result<Forked> {
    clone3(proof, namespaces, &[pid])
}

fn clone3(_proof: SingleThread, namespaces: u64, pids: &[i32]) -> io::Result<Forked> {
    let mut pidfd: RawFd = -1;
    let arguments = libc::clone_args {
        flags: namespaces | libc::CLONE_PIDFD as u64,
        pidfd: ptr::from_mut(&mut pidfd) as u64,
        child_tid: 0,
        parent_tid: 0,
        exit_signal: libc::SIGCHLD as u64,
        stack: 0,
        stack_size: 0,
        tls: 0,
        set_tid: if pids.is_empty() { 0 } else { pids.as_ptr() as u64 },
        set_tid_size: pids.len() as u64,
        cgroup: 0,
    };
    // SAFETY: the arguments and the list of pids are valid for reads of their sizes and `pidfd` for a write of one
    // descriptor. No stack is
    // given, so the child runs on a copy of this one, and the process has one thread (`_proof`), so that copy is whole.
    let answer =
        unsafe { libc::syscall(libc::SYS_clone3, &raw const arguments, size_of::<libc::clone_args>()) };
    forked(answer, pidfd)
}

/// Forks this process as it is, by the older `clone`, which a seccomp filter can judge by its flags.
///
/// What [`fork_into`] says of the C library holds here as well.
pub(crate) fn fork(_proof: SingleThread) -> io::Result<Forked> {
    let mut pidfd: RawFd = -1;
    let flags = libc::CLONE_PIDFD | libc::SIGCHLD;
    let nothing = ptr::null_mut::<libc::c_void>();
    // SAFETY: with these flags the third argument is where the child's descriptor goes and the others are not used. No
    // stack is given, so the child runs on a copy of this one, and the process has one thread (`_proof`).
    let answer = unsafe { libc::syscall(libc::SYS_clone, flags, nothing, &raw mut pidfd, nothing, nothing) };
    forked(answer, pidfd)
}

fn forked(answer: libc::c_long, pidfd: RawFd) -> io::Result<Forked> {
    match answer {
        -1 => Err(io::Error::last_os_error()),
        0 => Ok(Forked::Child),
        pid => {
            let pid = Pid::from_raw(pid as i32).ok_or_else(|| io::Error::other("a fork gave no pid"))?;
            // SAFETY: the kernel has just opened this descriptor for us and nothing else owns it.
            Ok(Forked::Parent { pid, pidfd: unsafe { OwnedFd::from_raw_fd(pidfd) } })
        }
    }
}

/// Replaces this process by a program. Comes back only with the error.
pub(crate) fn execute(program: &CStr, argv: &[&CStr], environment: &[&CStr]) -> io::Error {
    let pointers = |strings: &[&CStr]| -> Vec<*const libc::c_char> {
        strings.iter().map(|string| string.as_ptr()).chain([ptr::null()]).collect()
    };
    let (argv, environment) = (pointers(argv), pointers(environment));
    // SAFETY: both lists end in a null pointer and hold pointers to strings that outlive the call.
    unsafe { libc::execve(program.as_ptr(), argv.as_ptr(), environment.as_ptr()) };
    io::Error::last_os_error()
}

/// Processor time of this process's children that have ended and were waited for, and of theirs; microseconds.
pub(crate) fn children_cpu_us() -> u64 {
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: the structure is valid for a write of its size, and all zeroes are a valid value of it should the call fail.
    let usage = unsafe {
        libc::getrusage(libc::RUSAGE_CHILDREN, usage.as_mut_ptr());
        usage.assume_init()
    };
    let us = |time: libc::timeval| time.tv_sec as u64 * 1_000_000 + time.tv_usec as u64;
    us(usage.ru_utime) + us(usage.ru_stime)
}

/// Ends this process at once: no destructors, no buffers flushed, as a forked copy must.
pub(crate) fn exit_now(code: i32) -> ! {
    // SAFETY: `_exit` has no precondition and does not come back.
    unsafe { libc::_exit(code) }
}

/// Kills every process that this one can name but itself; for the init of a pid namespace, all of the namespace.
pub(crate) fn kill_all() {
    // SAFETY: `kill` touches no memory of ours. There may be nothing to kill, which is as well.
    unsafe { libc::kill(-1, libc::SIGKILL) };
}

/// Sets what SIGCHLD does: ignored children are reaped by the kernel.
pub(crate) fn ignore_children(ignore: bool) {
    let action = if ignore { libc::SIG_IGN } else { libc::SIG_DFL };
    // SAFETY: both actions are constants of the C library; no handler of ours is installed.
    unsafe { libc::signal(libc::SIGCHLD, action) };
}

fn child_signal_set() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: `sigemptyset` initialises the whole set, and SIGCHLD is a valid signal number.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGCHLD);
        set.assume_init()
    }
}

/// A descriptor that becomes readable when a child has ended; the signal itself is blocked from now on.
pub(crate) fn child_signal_fd() -> io::Result<OwnedFd> {
    let set = child_signal_set();
    // SAFETY: the set is initialised and outlives both calls; the old mask is not asked for.
    let fd = unsafe {
        libc::sigprocmask(libc::SIG_BLOCK, &raw const set, ptr::null_mut());
        libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK)
    };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel has just opened this descriptor for us and nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Undoes [`child_signal_fd`]'s mask, for a program about to be executed.
pub(crate) fn unblock_child_signal() {
    let set = child_signal_set();
    // SAFETY: the set is initialised and outlives the call; the old mask is not asked for.
    unsafe { libc::sigprocmask(libc::SIG_UNBLOCK, &raw const set, ptr::null_mut()) };
}

/// Makes a mount (and those below it) read-only, and free of set-user-id programs and devices.
pub(crate) fn seal_mount(mount: BorrowedFd<'_>, attributes: u64, recursive: bool) -> io::Result<()> {
    let change = libc::mount_attr { attr_set: attributes, attr_clr: 0, propagation: 0, userns_fd: 0 };
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path is an empty C string and the attributes are valid for reads of their size.
    let answer = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const change,
            size_of::<libc::mount_attr>(),
        )
    };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Closes the descriptors from `first` to `last`, both included; none at all if `last` is before `first`.
///
/// Owners of those descriptors must not run their destructors afterwards: this is for the init of a box alone, which
/// is a copy of the jailer and leaves by [`exit_now`], past the destructors of everything it was copied from.
pub(crate) fn close_range(first: u32, last: u32) -> io::Result<()> {
    close_range_with(first, last, 0)
}

/// Lets no descriptor from `first` on into the program that this process is about to execute.
pub(crate) fn close_on_execute(first: u32) -> io::Result<()> {
    close_range_with(first, u32::MAX, libc::CLOSE_RANGE_CLOEXEC)
}

fn close_range_with(first: u32, last: u32, flags: libc::c_uint) -> io::Result<()> {
    if last < first {
        return Ok(());
    }
    // SAFETY: the call touches no memory; what it means for owners of descriptors is said by the callers above.
    let answer = unsafe { libc::syscall(libc::SYS_close_range, first, last, flags) };
    if answer == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Puts a descriptor at a number of its own, to be inherited by the program that is executed next.
pub(crate) fn place(fd: BorrowedFd<'_>, number: RawFd) -> io::Result<()> {
    // SAFETY: `dup2` touches no memory. If `number` was another descriptor's, its owner is a copy in a process that
    // executes a program or exits at once, so nobody uses or closes it any more. A descriptor that is there already only
    // loses its close-on-exec flag.
    let answer = unsafe {
        if fd.as_raw_fd() == number {
            libc::fcntl(number, libc::F_SETFD, 0)
        } else {
            libc::dup2(fd.as_raw_fd(), number)
        }
    };
    if answer < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Takes over standard input as a descriptor of ours; `/dev/null` takes its place.
pub(crate) fn take_stdin() -> io::Result<OwnedFd> {
    // SAFETY: descriptor 0 is open (the supervisor passes its socket there) and this runs before any other code.
    let stdin = unsafe { BorrowedFd::borrow_raw(0) };
    let socket = rustix::io::fcntl_dupfd_cloexec(stdin, 3)?;
    rustix::stdio::dup2_stdin(std::fs::File::open("/dev/null")?)?;
    Ok(socket)
}

/// Sets the ids by which this thread alone touches files; the capabilities over files go with them.
pub(crate) fn set_thread_file_ids(uid: u32, gid: u32) {
    // SAFETY: both calls change this thread's credentials only and touch no memory. They report no error; callers
    // check by what the files then say.
    unsafe {
        libc::syscall(libc::SYS_setfsgid, gid);
        libc::syscall(libc::SYS_setfsuid, uid);
    }
}

/// The path by which this process was executed, as the kernel noted it.
pub(crate) fn executed_path() -> Option<&'static CStr> {
    // SAFETY: `getauxval` has no precondition; a non-zero AT_EXECFN points to a string that the kernel put on the
    // initial stack, which lives as long as the process.
    unsafe {
        let address = libc::getauxval(libc::AT_EXECFN);
        (address != 0).then(|| CStr::from_ptr(address as *const libc::c_char))
    }
}

/// The version of the kernel's Landlock interface, if it has one.
pub(crate) fn landlock_version() -> Option<u32> {
    const QUERY_VERSION: u32 = 1;
    // SAFETY: the documented query: no attributes, size 0, this flag; it reads and writes no memory.
    let version = unsafe {
        libc::syscall(libc::SYS_landlock_create_ruleset, ptr::null::<libc::c_void>(), 0usize, QUERY_VERSION)
    };
    u32::try_from(version).ok().filter(|version| *version > 0)
}

/// Registers a descriptor with the current tokio runtime, to wait until it is readable.
pub(crate) fn watch_readable<T: AsFd + AsRawFd>(fd: T) -> io::Result<AsyncFd<T>> {
    // SAFETY: an owned or borrowed descriptor stays open and names the same file for as long as it lives, which is as
    // long as the registration that holds it.
    unsafe { AsyncFd::register_with_interest(fd, Interest::READABLE) }.map_err(io::Error::from)
}
