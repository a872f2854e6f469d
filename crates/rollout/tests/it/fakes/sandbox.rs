//! A sandbox in memory. Its programs are a few words, one statement a line or between semicolons.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use envy_core::{
    BoxFile, BoxFuture, BoxSpec, Cell, CellResult, Exec, ExecResult, JobEnd, LimitHit, Sandbox, SandboxError,
    Workbox,
};

use super::Failing;

/// What goes wrong on the host.
#[derive(Clone, Copy, Default)]
pub(crate) struct HostTrouble {
    /// Which operations fail, counted over all boxes.
    pub(crate) failing: Failing,
    /// No box opens from this one on; 0 is never.
    pub(crate) opens_before: u64,
    /// `exec` panics instead of failing.
    pub(crate) panics: bool,
}

/// Counts what it is asked for and fails where it is told to.
#[derive(Default)]
pub(crate) struct FakeSandbox {
    host: Arc<Host>,
    opened: AtomicU64,
}

/// What all boxes share.
#[derive(Default)]
struct Host {
    trouble: HostTrouble,
    operations: AtomicU64,
    gauges: Gauges,
}

impl Host {
    fn works(&self) -> Result<(), SandboxError> {
        let operation = self.operations.fetch_add(1, SeqCst) + 1;
        if self.trouble.failing.hits(operation) {
            return Err(SandboxError::host(format!("host detail {operation}")));
        }
        Ok(())
    }
}

/// Live counts, and the most there were at once.
#[derive(Default)]
struct Gauges {
    boxes: Gauge,
    programs: Gauge,
}

#[derive(Default)]
struct Gauge {
    now: AtomicU64,
    peak: AtomicU64,
}

impl Gauge {
    fn up(&self) {
        self.peak.fetch_max(self.now.fetch_add(1, SeqCst) + 1, SeqCst);
    }

    fn down(&self) {
        self.now.fetch_sub(1, SeqCst);
    }
}

impl FakeSandbox {
    pub(crate) fn with(trouble: HostTrouble) -> Self {
        Self { host: Arc::new(Host { trouble, ..Host::default() }), opened: AtomicU64::new(0) }
    }

    /// Boxes opened so far.
    pub(crate) fn opened(&self) -> u64 {
        self.opened.load(SeqCst)
    }

    /// Boxes that nobody gave back.
    pub(crate) fn live(&self) -> u64 {
        self.host.gauges.boxes.now.load(SeqCst)
    }

    /// The most programs that ran at once.
    pub(crate) fn programs_peak(&self) -> u64 {
        self.host.gauges.programs.peak.load(SeqCst)
    }
}

impl Sandbox for FakeSandbox {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn open(&self, spec: BoxSpec) -> BoxFuture<'_, Result<Box<dyn Workbox>, SandboxError>> {
        Box::pin(async move {
            self.host.works()?;
            let number = self.opened.fetch_add(1, SeqCst) + 1;
            let before = self.host.trouble.opens_before;
            if before > 0 && number >= before {
                return Err(SandboxError::Host {
                    what: "no namespaces".to_owned(),
                    hint: "set sysctl x".to_owned(),
                });
            }
            let files: BTreeMap<String, Vec<u8>> =
                spec.files.into_iter().map(|file| (file.path, file.bytes)).collect();
            let size: usize = files.values().map(Vec::len).sum();
            if size as u64 > spec.limits.disk_bytes {
                return Err(SandboxError::Refused("the disk limit is reached".to_owned()));
            }
            self.host.gauges.boxes.up();
            Ok(Box::new(FakeBox { files, host: Arc::clone(&self.host) }) as Box<dyn Workbox>)
        })
    }
}

struct FakeBox {
    files: BTreeMap<String, Vec<u8>>,
    host: Arc<Host>,
}

impl Drop for FakeBox {
    fn drop(&mut self) {
        self.host.gauges.boxes.down();
    }
}

impl FakeBox {
    fn program(&self, exec: &Exec) -> Option<String> {
        let last = exec.argv.last()?;
        if exec.argv[0] == "bash" {
            return Some(last.clone());
        }
        self.files.get(last).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    async fn run(&mut self, exec: &Exec, result: &mut ExecResult) {
        let Some(program) = self.program(exec) else {
            result.end = JobEnd::Exited(2);
            return;
        };
        for statement in program.split(['\n', ';']) {
            let mut words = statement.trim().splitn(3, ' ');
            let (verb, first) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
            let rest = words.next().unwrap_or("");
            let number = first.parse::<u64>().unwrap_or(0);
            match verb {
                "print" => result.stdout.extend(format!("{first} {rest}\n").bytes()),
                "complain" => result.stderr.extend(format!("{first} {rest}\n").bytes()),
                "spam" => result.stdout.extend((0..number).flat_map(|line| format!("{line}\n").into_bytes())),
                "write" => drop(self.files.insert(first.to_owned(), rest.into())),
                "grow" => drop(self.files.insert(first.to_owned(), vec![b'x'; rest.parse().unwrap()])),
                "flood" => (0..number)
                    .for_each(|file| drop(self.files.insert(format!("src/{file:05}.py"), vec![b'x']))),
                "sleep" if number > exec.wall_ms => {
                    tokio::time::sleep(Duration::from_millis(exec.wall_ms)).await;
                    result.end = JobEnd::Limit(LimitHit::Time);
                    return;
                }
                "sleep" => tokio::time::sleep(Duration::from_millis(number)).await,
                "exit" => {
                    result.end = JobEnd::Exited(first.parse().unwrap());
                    return;
                }
                _ => {}
            }
        }
    }
}

impl Workbox for FakeBox {
    fn exec(&mut self, exec: Exec) -> BoxFuture<'_, Result<ExecResult, SandboxError>> {
        Box::pin(async move {
            assert!(!self.host.trouble.panics, "the box is on fire");
            self.host.works()?;
            if exec.argv[0] == "no-such-program" {
                return Err(SandboxError::Refused("no-such-program: not found".to_owned()));
            }
            let mut result =
                ExecResult { end: JobEnd::Exited(0), stdout: Vec::new(), stderr: Vec::new(), cut: false };
            self.host.gauges.programs.up();
            // A program takes time, so that those that may overlap do.
            tokio::task::yield_now().await;
            self.run(&exec, &mut result).await;
            self.host.gauges.programs.down();
            let cap = exec.stream_bytes as usize;
            result.cut = result.stdout.len() > cap;
            result.stdout.truncate(cap);
            Ok(result)
        })
    }

    fn cell(&mut self, cell: Cell) -> BoxFuture<'_, Result<CellResult, SandboxError>> {
        Box::pin(async move {
            let argv = ["bash".to_owned(), cell.code].to_vec();
            let exec =
                Exec { argv, cwd: String::new(), wall_ms: cell.wall_ms, stream_bytes: cell.stream_bytes };
            let run = self.exec(exec).await?;
            Ok(CellResult { run, is_new: false, is_alive: true })
        })
    }

    fn read(&mut self, path: &str, bytes_max: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, SandboxError>> {
        let path = path.to_owned();
        Box::pin(async move {
            self.host.works()?;
            match self.files.get(&path) {
                Some(bytes) if bytes.len() as u64 > bytes_max => {
                    Err(SandboxError::Refused(format!("{path} holds more than {bytes_max} bytes")))
                }
                found => Ok(found.cloned()),
            }
        })
    }

    fn write(&mut self, file: BoxFile) -> BoxFuture<'_, Result<(), SandboxError>> {
        Box::pin(async move {
            self.host.works()?;
            self.files.insert(file.path, file.bytes);
            Ok(())
        })
    }

    fn list(&mut self, path: &str) -> BoxFuture<'_, Result<Vec<String>, SandboxError>> {
        let inside = if path.is_empty() { String::new() } else { format!("{path}/") };
        Box::pin(async move {
            self.host.works()?;
            let mut entries: Vec<String> = self
                .files
                .keys()
                .filter_map(|file| file.strip_prefix(&inside))
                .map(|rest| match rest.split_once('/') {
                    Some((folder, _)) => format!("{folder}/"),
                    None => rest.to_owned(),
                })
                .collect();
            entries.dedup();
            if entries.is_empty() && !inside.is_empty() {
                return Err(SandboxError::Refused(format!("there is no folder {inside}")));
            }
            Ok(entries)
        })
    }
}
