//! The shared libraries that the programs of a tree need, found by asking the host's own dynamic loader.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use rayon::prelude::*;

use super::elf::{self, Kind};
use super::error::RuntimeError;
use super::files;
use super::program::{command, run};
use super::progress::{Progress, Report, Step};

/// Libraries that no program names and that the C library opens by itself: to end a thread, and to read `/etc/passwd`
/// on hosts older than glibc 2.34.
const OPENED_LATER: &[&str] = &["libgcc_s.so.1", "libnss_files.so.2"];

/// A file whose libraries are wanted.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    /// Where it lies now, in the tree or on the host.
    pub(super) path: PathBuf,
    /// Whether the tree is worthless without it.
    pub(super) required: bool,
}

/// The loader and the folder of the libraries, for whoever starts a program of the tree from outside.
#[derive(Clone, Debug)]
pub(super) struct Libraries {
    /// The dynamic loader in the tree.
    pub(super) loader: PathBuf,
    /// The folder in the tree that it looks into.
    pub(super) folder: PathBuf,
    /// Files that were not required and cannot be loaded, here or there.
    pub(super) unloadable: Vec<PathBuf>,
}

/// Copies every library that `subjects` need, and the loader, into the tree. The first subject is the interpreter.
///
/// All libraries land in the folder of the C library: the loader looks there without any cache or variable.
///
/// # Errors
/// A required file needs a library that the host does not have; the interpreter is not started by a loader.
pub(super) fn gather(
    subjects: &[Subject],
    root: &Path,
    report: Report<'_>,
) -> Result<Libraries, RuntimeError> {
    let interpreter = &subjects[0].path;
    let Kind::Program(loader) = kind(interpreter)? else {
        return Err(RuntimeError::Broken(format!("{} needs no dynamic loader", interpreter.display())));
    };
    let place = in_tree(root, &loader).ok_or_else(|| {
        RuntimeError::NoPython(vec![format!(
            "python3 is started by {}, not by the system's loader",
            loader.display()
        )])
    })?;
    files::copy(&loader, &place)?;
    let mut progress = Progress { total: subjects.len() as u64, ..Progress::begin(Step::Libraries) };
    report(progress.clone());
    let (mut found, mut unloadable) = (BTreeMap::new(), Vec::new());
    for part in subjects.chunks(32) {
        let listings: Vec<_> = part.par_iter().map(|subject| list(&loader, &subject.path)).collect();
        for (subject, listing) in part.iter().zip(listings) {
            match listing {
                Ok(libraries) => {
                    for (name, path) in libraries.into_iter().filter(|(_, path)| !path.starts_with(root)) {
                        // The interpreter is asked first: where two files share a name, its own wins.
                        found.entry(name).or_insert(path);
                    }
                }
                Err(error) if subject.required => return Err(error),
                Err(_) => unloadable.push(subject.path.clone()),
            }
        }
        progress.done += part.len() as u64;
        report(progress.clone());
    }
    let folder = copy_all(&mut found, root)?;
    Ok(Libraries { loader: place, folder, unloadable })
}

fn copy_all(found: &mut BTreeMap<String, PathBuf>, root: &Path) -> Result<PathBuf, RuntimeError> {
    let standard = found.get("libc.so.6").and_then(|path| path.parent()).map(Path::to_owned);
    let standard =
        standard.ok_or_else(|| RuntimeError::Broken("the interpreter needs no C library".to_owned()))?;
    for name in OPENED_LATER {
        let path = standard.join(name);
        if path.exists() {
            found.entry((*name).to_owned()).or_insert(path);
        }
    }
    let folder = in_tree(root, &standard)
        .ok_or_else(|| RuntimeError::Broken(format!("the C library lies in {}", standard.display())))?;
    for (name, path) in found {
        files::copy(path, &folder.join(name))?;
    }
    Ok(folder)
}

/// The libraries of one file by the name they are asked for.
fn list(loader: &Path, path: &Path) -> Result<BTreeMap<String, PathBuf>, RuntimeError> {
    if kind(path)? == Kind::Other {
        return Ok(BTreeMap::new());
    }
    let outcome = run(command(loader).arg("--list").arg(path))?;
    let text = String::from_utf8_lossy(&outcome.stdout);
    let listing = parse(&text);
    let missing = listing.iter().find(|(_, path)| path.is_none()).map(|(name, _)| name.clone());
    if let Some(library) = missing {
        let needed_by = files::name(path).to_owned();
        return Err(RuntimeError::MissingLibrary { library, needed_by });
    }
    if !outcome.success && !text.contains("statically linked") {
        let program = format!("{} --list {}", loader.display(), path.display());
        return Err(RuntimeError::Program { program, reason: outcome.tail() });
    }
    Ok(listing.into_iter().filter_map(|(name, path)| Some((name, path?))).collect())
}

/// Reads `name => path (address)` lines; the path is `None` where the loader found nothing.
fn parse(text: &str) -> Vec<(String, Option<PathBuf>)> {
    let pairs = text.lines().filter_map(|line| line.trim().split_once(" => "));
    // A name with a slash is the loader itself, which has its own place.
    pairs
        .filter(|(name, _)| !name.contains('/'))
        .map(|(name, rest)| {
            let path = rest.rsplit_once(" (").map_or(rest, |(path, _)| path);
            (name.to_owned(), path.starts_with('/').then(|| PathBuf::from(path)))
        })
        .collect()
}

/// Where a system path lies in the tree: `/lib64/x` and `/usr/lib64/x` are both `usr/lib64/x`; `None` if a box would not
/// have it there.
fn in_tree(root: &Path, path: &Path) -> Option<PathBuf> {
    let mut parts = path.components().peekable();
    parts.next_if_eq(&Component::RootDir)?;
    parts.next_if_eq(&Component::Normal("usr".as_ref()));
    let Some(Component::Normal(first)) = parts.peek() else { return None };
    first
        .to_str()
        .is_some_and(|first| first.starts_with("lib"))
        .then(|| root.join("usr").join(parts.collect::<PathBuf>()))
}

fn kind(path: &Path) -> Result<Kind, RuntimeError> {
    elf::kind(path).map_err(|error| RuntimeError::file("read", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loaders_lines_are_read() {
        let text = "\tlinux-vdso.so.1 (0x00007ffd)\n\tlibm.so.6 => /lib/x/libm.so.6 (0x00007f)\n\
                    \tlibgone.so.1 => not found\n\t/lib64/ld-linux-x86-64.so.2 (0x00007f)\n\
                    \t/lib/ld.so.1 => /lib64/ld.so.1 (0x00007f)\n";
        let wanted = [
            ("libm.so.6".to_owned(), Some(PathBuf::from("/lib/x/libm.so.6"))),
            ("libgone.so.1".to_owned(), None),
        ];
        assert_eq!(parse(text), wanted);
        assert!(parse("\tstatically linked\n").is_empty());
    }

    #[test]
    fn system_paths_have_a_place_and_others_have_none() {
        let place =
            |path: &str| in_tree(Path::new("/t"), Path::new(path)).map(|path| path.display().to_string());
        assert_eq!(place("/lib64/ld.so").as_deref(), Some("/t/usr/lib64/ld.so"));
        assert_eq!(place("/usr/lib/x/libc.so.6").as_deref(), Some("/t/usr/lib/x/libc.so.6"));
        assert_eq!(place("/nix/store/ld.so"), None);
        assert_eq!(place("/home/lib/ld.so"), None);
        assert_eq!(place("relative"), None);
    }
}
