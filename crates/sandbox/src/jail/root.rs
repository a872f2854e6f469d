//! The root that all boxes share: the runtime read-only, a minimal `/dev`, and empty places for what is private.

use std::fs;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::fs::CWD;
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags, mount, mount_change,
    move_mount, open_tree, unmount,
};

use super::{Step as _, StepError};
use crate::sys;

/// The devices of a box; nothing else of `/dev` exists in it.
pub(super) const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

/// Folders of the root: the runtime's and the places where private mounts go.
const FOLDERS: [&str; 7] = ["usr", "etc", "dev", "dev/shm", "proc", "tmp", "work"];

/// Links as every distribution with a merged `/usr` has them.
const LINKS: [(&str, &str); 8] = [
    ("usr/bin", "bin"),
    ("usr/sbin", "sbin"),
    ("usr/lib", "lib"),
    ("usr/lib64", "lib64"),
    ("/proc/self/fd", "dev/fd"),
    ("/proc/self/fd/0", "dev/stdin"),
    ("/proc/self/fd/1", "dev/stdout"),
    ("/proc/self/fd/2", "dev/stderr"),
];

/// Where the new root is put together before it becomes the root; any folder that exists everywhere.
const WORKSHOP: &str = "/tmp";

const READ_ONLY: u64 = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;

/// Detached copies of the mounts that a root is made of.
pub(super) struct Trees {
    usr: OwnedFd,
    etc: OwnedFd,
}

impl Trees {
    /// Opens the runtime's folders as mounts of their own, sealed read-only.
    pub(super) fn open(tree: &Path) -> Result<Self, StepError> {
        Ok(Self { usr: sealed(&tree.join("usr"))?, etc: sealed(&tree.join("etc"))? })
    }
}

fn detached(path: &Path) -> Result<OwnedFd, StepError> {
    let flags =
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE;
    open_tree(CWD, path, flags).step(&format!("open the mount {}", path.display()))
}

fn sealed(path: &Path) -> Result<OwnedFd, StepError> {
    let mount = detached(path)?;
    sys::seal_mount(mount.as_fd(), READ_ONLY, true).step(&format!("seal {}", path.display()))?;
    Ok(mount)
}

fn attach(mount: &OwnedFd, to: &Path) -> Result<(), StepError> {
    move_mount(mount, "", CWD, to, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
        .step(&format!("attach {}", to.display()))
}

/// Puts the root together and moves into it. The caller has fresh mount and pid namespaces and their capabilities.
pub(super) fn enter(tree: &Path, trees: Option<Trees>) -> Result<(), StepError> {
    // 1. Nothing mounted from here on may reach the host.
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .step("make mounts private")?;
    // 2. Sources are opened before the workshop can hide them.
    let trees = match trees {
        Some(trees) => trees,
        None => Trees::open(tree)?,
    };
    let devices =
        DEVICES.iter().map(|name| detached(&Path::new("/dev").join(name))).collect::<Result<Vec<_>, _>>()?;
    // 3. The skeleton, on a small file system of its own.
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount("box", WORKSHOP, "tmpfs", flags, c"size=1m,mode=755").step("mount the root")?;
    let root = Path::new(WORKSHOP);
    for folder in FOLDERS {
        fs::create_dir(root.join(folder)).step("make a folder of the root")?;
    }
    for (target, link) in LINKS {
        symlink(target, root.join(link)).step("make a link of the root")?;
    }
    // 4. The runtime and the devices.
    attach(&trees.usr, &root.join("usr"))?;
    attach(&trees.etc, &root.join("etc"))?;
    for (name, device) in DEVICES.iter().zip(&devices) {
        let place = root.join("dev").join(name);
        fs::write(&place, "").step("make a device's place")?;
        sys::seal_mount(device.as_fd(), libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC, false)
            .step("seal a device")?;
        attach(device, &place)?;
    }
    // 5. A /proc of the jailer's own pid namespace, while the host's is still here to vouch for it: the kernel gives
    //    a new one only to those who see a whole one.
    let proc_flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount("proc", root.join("proc"), "proc", proc_flags, None).step("mount /proc")?;
    // 6. In, and the host's root is gone; only now can the new root be sealed, since its places had to be made.
    rustix::process::chdir(root).step("enter the root")?;
    rustix::process::pivot_root(".", ".").step("pivot the root")?;
    unmount(".", UnmountFlags::DETACH).step("leave the host's root")?;
    rustix::process::chdir("/").step("enter the root")?;
    let top = rustix::fs::open("/", rustix::fs::OFlags::PATH | rustix::fs::OFlags::CLOEXEC, 0.into())
        .step("open the root")?;
    sys::seal_mount(top.as_fd(), READ_ONLY, false).step("seal the root")
}

/// The private mounts of one box, over the shared root. The caller is the box's init with its capabilities.
pub(super) fn mount_private() -> Result<(), StepError> {
    let flags = MountFlags::NOSUID | MountFlags::NODEV;
    mount("tmp", "/tmp", "tmpfs", flags, c"size=64m,nr_inodes=10k,mode=1777").step("mount /tmp")?;
    mount("shm", "/dev/shm", "tmpfs", flags | MountFlags::NOEXEC, c"size=64m,nr_inodes=1k,mode=1777")
        .step("mount /dev/shm")?;
    mount("proc", "/proc", "proc", flags | MountFlags::NOEXEC, None).step("mount the box's /proc")
}

/// Makes the work directory, a file system of its own with a quota, mounts it at `/work` and gives a descriptor of it.
pub(super) fn mount_work(disk_bytes: u64, inodes: u64) -> Result<OwnedFd, StepError> {
    Ok(mount_quota(Path::new(crate::WORK_DIR), disk_bytes, inodes)?.mount)
}

/// Makes a folder of the work directory a file system of its own, so that it can be sealed when it has been filled.
pub(super) fn mount_folder(name: &str, disk_bytes: u64, inodes: u64) -> Result<Unsealed, StepError> {
    let place = Path::new(crate::WORK_DIR).join(name);
    fs::create_dir(&place).step("make the sealed folder")?;
    mount_quota(&place, disk_bytes, inodes)
}

/// A file system of a box that can still be written to.
pub(super) struct Unsealed {
    context: OwnedFd,
    /// A descriptor of its top.
    pub(super) mount: OwnedFd,
}

impl Unsealed {
    /// Makes the whole file system read-only, whoever looks at it: not the mount alone, of which there may be others.
    pub(super) fn seal(self) -> Result<OwnedFd, StepError> {
        use rustix::mount::{fsconfig_reconfigure, fsconfig_set_flag};
        fsconfig_set_flag(&self.context, "ro").step("seal a folder")?;
        fsconfig_reconfigure(&self.context).step("seal a folder")?;
        Ok(self.mount)
    }
}

fn mount_quota(place: &Path, disk_bytes: u64, inodes: u64) -> Result<Unsealed, StepError> {
    use rustix::mount::{
        FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsconfig_set_string, fsmount, fsopen,
    };
    let step = "make the work directory";
    let context = fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC).step(step)?;
    for (key, value) in [
        ("source", "work".to_owned()),
        ("size", disk_bytes.to_string()),
        ("nr_inodes", inodes.to_string()),
        ("mode", "755".to_owned()),
    ] {
        fsconfig_set_string(&context, key, value).step(step)?;
    }
    fsconfig_create(&context).step(step)?;
    let attributes = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
    let mount = fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, attributes).step(step)?;
    attach(&mount, place)?;
    Ok(Unsealed { context, mount })
}
