//! Control groups of version 2, in an emulated machine: a kernel of the distribution, a root in memory, and the tests of
//! the sandbox in it, as root and as an ordinary user with a delegated group. For hosts that bind the controllers to
//! version 1, where the kernel offers them to nobody else. It takes minutes, so it is no part of CI.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};

use crate::shell;

/// What is installed if it is missing: the program that shows it, and the package.
const PACKAGES: [(&str, &str); 2] =
    [("/usr/bin/qemu-system-x86_64", "qemu-system-x86"), ("/bin/busybox", "busybox-static")];

/// The package that depends on the newest kernel without drivers for hardware.
const KERNEL: &str = "linux-image-cloud-amd64";

/// The first program of the machine: makes it a Linux, runs the tests, says how they ended.
const INIT: &str = include_str!("machine.sh");

/// What the machine says when every test has passed.
const PASSED: &str = "ENVY-MACHINE: passed";

/// Who runs the tests there: root, and an ordinary user.
const USERS: usize = 2;

/// Seconds for everything: an emulated processor is some twenty times slower.
const TIMEOUT_S: &str = "1500";

/// Builds the machine and runs it.
pub(crate) fn run() -> Result<()> {
    if std::env::consts::ARCH != "x86_64" || shell::output("id", &["-u"])?.trim() != "0" {
        shell::say("SKIPPED: needs root on x86-64, to install an emulator and a kernel");
        return Ok(());
    }
    for (program, package) in PACKAGES {
        if !Path::new(program).exists() {
            shell::run("apt-get", &["install", "--yes", "--no-install-recommends", package])?;
        }
    }
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    let kernel = kernel(folder.path())?;
    let root = folder.path().join("root");
    furnish(&root)?;
    let image = folder.path().join("root.cpio");
    let (kernel, image) = (kernel.to_string_lossy(), image.to_string_lossy());
    let pack = format!("cd '{}' && find . | busybox cpio -o -H newc > '{image}'", root.display());
    shell::run("sh", &["-c", &pack])?;
    shell::say("== the machine runs; its words follow");
    let words = [TIMEOUT_S, "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-smp", "2", "-m", "3072"];
    let more = ["-nographic", "-no-reboot", "-nic", "none", "-kernel", &kernel, "-initrd", &image];
    let last = ["-append", "console=ttyS0 panic=-1 quiet systemd.unified_cgroup_hierarchy=1"];
    let said =
        shell::output("timeout", &words.iter().chain(&more).chain(&last).copied().collect::<Vec<_>>())?;
    shell::say(&said);
    ensure!(said.contains(PASSED), "the tests failed in the machine");
    let counted = said.lines().filter(|line| line.contains("native (strict, cgroup v2)")).count();
    ensure!(counted == USERS, "the boxes were counted by version 2 for {counted} of {USERS} users");
    let skipped = said.lines().filter(|line| line.contains("SKIPPED")).count();
    shell::say(&format!("== version 2 of control groups: ok, {skipped} skipped"));
    Ok(())
}

/// The distribution's kernel, unpacked.
fn kernel(folder: &Path) -> Result<PathBuf> {
    let depends = shell::output("apt-cache", &["depends", KERNEL])?;
    let package = depends.split_whitespace().find(|word| word.starts_with("linux-image-") && *word != KERNEL);
    let package = package.with_context(|| format!("{KERNEL} names no kernel; run `apt-get update`"))?;
    let fetch = format!(
        "cd '{}' && apt-get download {package} && dpkg --extract {package}*.deb kernel",
        folder.display()
    );
    shell::run("sh", &["-c", &fetch])?;
    let found = fs::read_dir(folder.join("kernel/boot"))?.filter_map(Result::ok);
    let mut found = found.filter(|entry| entry.file_name().to_string_lossy().starts_with("vmlinuz"));
    Ok(found.next().context("the package holds no kernel")?.path())
}

/// The machine's root: the runtime without its packages, the tests, and a shell.
fn furnish(root: &Path) -> Result<()> {
    let built = shell::output(
        "cargo",
        &["run", "--quiet", "--locked", "--package", "envy", "--", "build", "--json"],
    )?;
    let runtime = field(&built, "root").context("`envy build` names no runtime")?;
    let words = [
        "test",
        "--no-run",
        "--locked",
        "--package",
        "envy-sandbox",
        "--test",
        "it",
        "--message-format=json",
    ];
    let made = shell::output("cargo", &words)?;
    let tests = made.lines().filter_map(|line| field(line, "executable")).next_back();
    let tests = tests.context("cargo names no test program")?;
    fs::create_dir_all(root)?;
    for part in ["usr", "etc"] {
        shell::run("cp", &["--archive", &format!("{runtime}/{part}"), &root.to_string_lossy()])?;
    }
    shell::run("sh", &["-c", &format!("rm -rf '{}'/usr/lib/python3*/site-packages", root.display())])?;
    for (link, target) in
        [("bin", "usr/bin"), ("sbin", "usr/sbin"), ("lib", "usr/lib"), ("lib64", "usr/lib64")]
    {
        symlink(target, root.join(link))?;
    }
    for place in ["dev", "proc", "sys", "tmp", "run", "new"] {
        fs::create_dir_all(root.join(place))?;
    }
    fs::copy("/bin/busybox", root.join("usr/bin/busybox"))?;
    fs::copy(tests, root.join("tests"))?;
    fs::write(root.join("init"), INIT)?;
    fs::set_permissions(root.join("init"), fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// The text of a field of a JSON line, without a parser: paths here hold no escapes.
fn field(line: &str, name: &str) -> Option<String> {
    let (_, rest) = line.split_once(&format!("\"{name}\":"))?;
    let rest = rest.trim_start().strip_prefix('"')?;
    rest.split('"').next().map(str::to_owned)
}
