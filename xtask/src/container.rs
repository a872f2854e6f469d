//! Boxes in containers, whole: daemons from the distribution's packages, images that no registry made, the suite in each
//! way, and the Dockerfile. As root on Debian or Ubuntu; it takes minutes, so it is no part of CI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::shell;

/// What is installed if it is missing: the program that shows it, and the package.
const PACKAGES: [(&str, &str); 3] = [
    ("/usr/sbin/dockerd", "docker.io"),
    ("/usr/bin/podman", "podman"),
    ("/usr/sbin/debootstrap", "debootstrap"),
];

/// How long a daemon may take to listen.
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// The distribution under the Dockerfile when no registry can be reached.
const SUITE: &str = "bookworm";

/// A daemon that was started here. It ends with this value.
struct Daemon {
    name: &'static str,
    process: Child,
    socket: PathBuf,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // By its own number, and politely first, so that it takes its containers with it.
        let _ = shell::run("kill", &[&self.process.id().to_string()]);
        let _ = self.process.wait();
    }
}

/// Runs everything; what a machine cannot do is said aloud.
pub(crate) fn run() -> Result<()> {
    if shell::output("id", &["-u"])?.trim() != "0" {
        shell::say("SKIPPED: needs root, to install and start daemons");
        return Ok(());
    }
    install()?;
    shell::run("cargo", &["build", "--release", "--locked", "--package", "envy"])?;
    let envy = shell::target().join("release/envy");
    let folder = tempfile::tempdir().context("cannot make a folder")?;
    for start in [docker, podman] {
        let daemon = match start(folder.path()) {
            Ok(daemon) => daemon,
            Err(error) => {
                shell::say(&format!("SKIPPED: needs a daemon that starts: {error:#}"));
                continue;
            }
        };
        let host = format!("unix://{}", daemon.socket.display());
        let run = |arguments: &[&str], each: bool| {
            let mut command = shell::command(&envy.to_string_lossy(), arguments);
            command.env("DOCKER_HOST", &host).env("ENVY_HOME", folder.path().join("home"));
            if each {
                command.env("ENVY_CONTAINER_EACH", "1");
            }
            shell::finish(&mut command)
        };
        run(&["build", "--image"], false)?;
        run(&["--sandbox", "container", "sandbox", "check"], false)?;
        run(&["--sandbox", "container", "sandbox", "check"], true)?;
        let left = ["ps", "--all", "--quiet", "--filter", "label=envy=boxes"];
        let mut list = shell::command("docker", &left);
        let left = list.env("DOCKER_HOST", &host).output().context("cannot list containers")?;
        ensure!(left.stdout.is_empty(), "{} kept containers of boxes", daemon.name);
        shell::say(&format!("== {}: ok", daemon.name));
    }
    dockerfile(folder.path(), &envy)?;
    shell::say("== the Dockerfile: ok");
    Ok(())
}

fn install() -> Result<()> {
    let missing: Vec<&str> = PACKAGES
        .iter()
        .filter(|(program, _)| !Path::new(program).exists())
        .map(|(_, package)| *package)
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let words = ["install", "--yes", "--no-install-recommends"];
    shell::run("apt-get", &["update", "--quiet"])?;
    shell::run("apt-get", &words.iter().chain(&missing).copied().collect::<Vec<_>>())
}

/// Docker's daemon without a network of its own, which needs no firewall.
fn docker(folder: &Path) -> Result<Daemon> {
    let at = |name: &str| folder.join(name).to_string_lossy().into_owned();
    let host = format!("unix://{}", at("docker.sock"));
    let (data, state, pid) = (at("docker-data"), at("docker-state"), at("docker.pid"));
    let words = ["--host", &host, "--data-root", &data, "--exec-root", &state, "--pidfile", &pid];
    let more = ["--bridge=none", "--iptables=false"];
    let words: Vec<&str> = words.iter().chain(&more).copied().collect();
    start("docker", "/usr/sbin/dockerd", &words, folder.join("docker.sock"))
}

/// Podman's service, with the runtime that knows every version of control groups.
fn podman(folder: &Path) -> Result<Daemon> {
    let socket = folder.join("podman.sock");
    let address = format!("unix://{}", socket.display());
    let root = folder.join("podman-data").to_string_lossy().into_owned();
    let words = ["--root", &root, "--runtime", "runc", "system", "service", "--time=0", &address];
    start("podman", "/usr/bin/podman", &words, socket)
}

fn start(name: &'static str, program: &str, words: &[&str], socket: PathBuf) -> Result<Daemon> {
    let log = fs::File::create(socket.with_extension("log"))?;
    let mut command = shell::command(program, words);
    let process = command.stdout(log.try_clone()?).stderr(log).spawn().context("cannot start a daemon")?;
    let mut daemon = Daemon { name, process, socket };
    let began = Instant::now();
    while std::os::unix::net::UnixStream::connect(&daemon.socket).is_err() {
        ensure!(
            daemon.process.try_wait()?.is_none() && began.elapsed() < START_TIMEOUT,
            "{name} does not listen"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(daemon)
}

/// The Dockerfile over a base that debootstrap made, with the program that was built here and the wheels that are kept
/// here, and envy run in what it makes.
fn dockerfile(folder: &Path, envy: &Path) -> Result<()> {
    let store = folder.join("dockerfile-data").to_string_lossy().into_owned();
    let podman = |words: &[&str]| {
        let all: Vec<&str> = ["--root", &store, "--runtime", "runc"].iter().chain(words).copied().collect();
        shell::run("podman", &all)
    };
    let base = folder.join("base").to_string_lossy().into_owned();
    shell::run("debootstrap", &["--variant=minbase", SUITE, &base])?;
    let program = folder.join("program");
    fs::create_dir_all(program.join("out"))?;
    fs::copy(envy, program.join("out/envy"))?;
    for (from, name) in [(base.as_str(), "envy-base"), (&program.to_string_lossy(), "envy-program")] {
        let archive = format!("{}/{name}.tar", folder.display());
        shell::run("tar", &["--create", "--file", &archive, "--directory", from, "."])?;
        podman(&["import", &archive, &format!("localhost/{name}:local")])?;
    }
    let wheels = shell::cache().context("no cache folder")?.join("wheels");
    let kept = fs::read_dir(&wheels).ok().and_then(|mut kept| kept.next()?.ok());
    let wheels = format!("{}:/wheels:ro", kept.context("no wheels are kept")?.path().display());
    let (from, by) = ("BASE=localhost/envy-base:local", "PROGRAM=localhost/envy-program:local");
    let build = ["build", "--network=host", "--volume", &wheels, "--build-arg", from, "--build-arg", by];
    let more =
        ["--build-arg", "PIP_FIND_LINKS=/wheels", "--build-arg", "PIP_NO_INDEX=1", "--tag", IMAGE, "."];
    podman(&build.iter().chain(&more).copied().collect::<Vec<_>>())?;
    let profile = "crates/sandbox/src/container/seccomp.json";
    let profile = format!("seccomp={}", shell::root().join(profile).display());
    let secure = ["--security-opt", &profile, "--security-opt", "unmask=ALL", "--ulimit", "nofile=4096:4096"];
    let run = |words: &[&str]| {
        let before = ["run", "--rm", "--network=none", "--ulimit", "nproc=4096:4096"];
        podman(&before.iter().chain(&secure).chain(&[IMAGE]).chain(words).copied().collect::<Vec<_>>())
    };
    run(&["envy", "sandbox", "check"])?;
    run(&["envy", "eval", "--model", "policy/reference", "--count", "1", "--output-dir", "/data/results"])
}

/// What the Dockerfile's image is called here.
const IMAGE: &str = "localhost/envy:local";
