//! A place in the cache that is filled whole or not at all, by one process at a time.

use std::fs::{self, File, TryLockError};
use std::path::Path;

use super::error::RuntimeError;
use super::files;
use super::progress::{Progress, Report, Step};

/// Held by whoever builds. The file stays; the lock goes with the process, however that ends.
const LOCK: &str = ".lock";
/// Beginning of the names of unfinished and of discarded trees.
const UNFINISHED: &str = ".unfinished-";

/// Fills `folder/name` with what `build` makes, unless `find` finds it there by then.
///
/// `build` works in a folder beside the place, which is written to disk and renamed when it is done and removed when it
/// fails. What a killed process left behind is removed by the next one. That another process builds is reported.
///
/// # Errors
/// Those of `find` and `build`; the cache cannot be written.
pub(super) fn fill<T>(
    folder: &Path,
    name: &str,
    find: impl Fn() -> Result<Option<T>, RuntimeError>,
    report: Report<'_>,
    build: impl FnOnce(&Path, Report<'_>) -> Result<(), RuntimeError>,
) -> Result<T, RuntimeError> {
    files::make(folder)?;
    let _lock = lock(&folder.join(LOCK), report)?;
    if let Some(found) = find()? {
        return Ok(found);
    }
    sweep(folder);
    // With the process's number, since a killed build's own children may still write into its folder.
    let temporary = folder.join(format!("{UNFINISHED}{}", std::process::id()));
    files::make(&temporary)?;
    if let Err(error) =
        build(&temporary, report).and_then(|()| publish(folder, &temporary, &folder.join(name)))
    {
        sweep(folder);
        return Err(error);
    }
    let place = folder.join(name);
    find()?.ok_or_else(|| RuntimeError::Altered { root: place, what: "it vanished".to_owned() })
}

fn lock(path: &Path, report: Report<'_>) -> Result<File, RuntimeError> {
    let failed = |error| RuntimeError::file("lock", path, error);
    let file = File::options().create(true).append(true).open(path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => return Ok(file),
        Err(TryLockError::WouldBlock) => report(Progress::begin(Step::Wait)),
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    file.lock().map_err(failed)?;
    Ok(file)
}

/// Writes everything to disk, then renames: after a power cut the place holds all of it or nothing.
fn publish(folder: &Path, temporary: &Path, place: &Path) -> Result<(), RuntimeError> {
    let failed = |error: std::io::Error| RuntimeError::file("write", place, error);
    let open = |path: &Path| File::open(path).map_err(failed);
    #[cfg(target_os = "linux")]
    rustix::fs::syncfs(open(temporary)?).map_err(|error| failed(error.into()))?;
    // Where one file system cannot be written out alone, all are.
    #[cfg(not(target_os = "linux"))]
    rustix::fs::sync();
    if place.exists() {
        let discarded = folder.join(format!("{UNFINISHED}discarded-{}", std::process::id()));
        fs::rename(place, discarded).map_err(failed)?;
    }
    fs::rename(temporary, place).map_err(failed)?;
    open(folder)?.sync_all().map_err(failed)?;
    sweep(folder);
    Ok(())
}

/// Removes what unfinished builds left behind, as far as that goes: what stays is never looked at.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let _ = files::remove(&entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn find(folder: &Path) -> Option<String> {
        fs::read_to_string(folder.join("place/content")).ok()
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = files::walk(folder, &|_| false).unwrap();
        entries.iter().map(|entry| files::name(&entry.path).to_owned()).collect()
    }

    #[test]
    fn two_at_once_build_one_tree_and_both_get_it() {
        let folder = tempfile::tempdir().unwrap();
        let (built, waited) = (AtomicU32::new(0), AtomicU32::new(0));
        let fill_once = || {
            let build = |path: &Path, _: Report<'_>| {
                built.fetch_add(1, Ordering::SeqCst);
                // Until the other one has come to the lock.
                while waited.load(Ordering::SeqCst) == 0 {
                    std::thread::yield_now();
                }
                files::write(&path.join("content"), "whole")
            };
            let mut report = |progress: Progress| {
                assert_eq!(progress.step, Step::Wait);
                waited.fetch_add(1, Ordering::SeqCst);
            };
            fill(folder.path(), "place", || Ok(find(folder.path())), &mut report, build).unwrap()
        };
        let results = std::thread::scope(|scope| {
            let threads = [scope.spawn(fill_once), scope.spawn(fill_once)];
            threads.map(|thread| thread.join().unwrap())
        });
        assert_eq!(results, ["whole", "whole"]);
        assert_eq!((built.into_inner(), waited.into_inner()), (1, 1));
        assert_eq!(names(folder.path()), [LOCK, "place"]);
    }

    #[test]
    fn a_failed_build_leaves_nothing_and_the_next_one_sweeps_after_a_killed_one() {
        let folder = tempfile::tempdir().unwrap();
        let fails = |path: &Path, _: Report<'_>| {
            files::write(&path.join("content"), "half")?;
            Err(RuntimeError::Broken("on purpose".to_owned()))
        };
        let error = fill(folder.path(), "place", || Ok(find(folder.path())), &mut |_| {}, fails).unwrap_err();
        assert!(error.to_string().contains("on purpose"));
        assert_eq!(names(folder.path()), [LOCK]);

        files::write(&folder.path().join(".unfinished-1/content"), "half").unwrap();
        let works = |path: &Path, _: Report<'_>| files::write(&path.join("content"), "whole");
        fill(folder.path(), "place", || Ok(find(folder.path())), &mut |_| {}, works).unwrap();
        assert_eq!(names(folder.path()), [LOCK, "place"]);
    }

    #[test]
    fn a_tree_that_is_not_accepted_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        files::write(&folder.path().join("place/altered"), "").unwrap();
        let works = |path: &Path, _: Report<'_>| files::write(&path.join("content"), "whole");
        fill(folder.path(), "place", || Ok(find(folder.path())), &mut |_| {}, works).unwrap();
        assert_eq!(names(&folder.path().join("place")), ["content"]);
        assert_eq!(names(folder.path()), [LOCK, "place"]);
    }
}
