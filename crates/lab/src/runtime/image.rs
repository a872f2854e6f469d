//! The image of the container backend: a sealed tree, this release of envy, and nothing else.
//!
//! No registry and no base image take part: the tree has its own loader and C library, so it is all that a container
//! needs. The folders of the tree are the root's too, by links.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use envy_sandbox::container;
use tar::{Builder, EntryType, Header};

use super::lock::Lock;
use super::progress::Report;
use super::{FOLDER, build, files, name};
use crate::error::LabError;

/// Names the image that the container backend uses instead of its own.
pub const IMAGE_VARIABLE: &str = "ENVY_IMAGE";

/// The repository of the images; the tag is the tree's name. No registry has it, so nothing is ever downloaded.
const REPOSITORY: &str = "localhost/envy-boxes";

/// Folders of the root that are empty, with their modes.
const FOLDERS: [(&str, u32); 7] = [
    ("tmp", 0o1777),
    ("work", 0o777),
    ("proc", 0o755),
    ("dev", 0o755),
    ("sys", 0o755),
    ("run", 0o755),
    ("etc", 0o755),
];

/// Links of the root, as every distribution with a merged `/usr` has them.
const LINKS: [(&str, &str); 4] =
    [("bin", "usr/bin"), ("sbin", "usr/sbin"), ("lib", "usr/lib"), ("lib64", "usr/lib64")];

/// The image of the container backend: that of `ENVY_IMAGE`, else the one that `envy build --image` makes.
pub fn image(slow: bool) -> String {
    let named = std::env::var(IMAGE_VARIABLE).ok().filter(|image| !image.is_empty());
    named.unwrap_or_else(|| format!("{REPOSITORY}:{}", name(Lock::new(slow))))
}

/// Makes the image from the tree, which is built if it is missing, and gives its name and the daemon's.
///
/// # Errors
/// Those of [`build`]; no daemon answers, or it refuses.
pub fn build_image(cache: &Path, slow: bool, report: Report<'_>) -> Result<(String, String), LabError> {
    let runtime = build(cache, slow, report)?;
    let program =
        std::env::current_exe().map_err(|error| LabError::file("find", Path::new("envy"), &error))?;
    let image = image(slow);
    let name = name(Lock::new(slow));
    let engine = container::import(&image, move |out| write(out, &runtime.root, &name, &program))?;
    Ok((image, engine))
}

/// Writes the image's files in the format of `tar`.
fn write(out: &mut dyn Write, root: &Path, name: &str, program: &Path) -> io::Result<()> {
    let mut image = Builder::new(out);
    let relative = |absolute: &str| PathBuf::from(absolute.trim_start_matches('/'));
    let place = relative(container::CACHE).join(FOLDER).join(name);
    for folder in
        place.ancestors().filter(|folder| !folder.as_os_str().is_empty()).collect::<Vec<_>>().iter().rev()
    {
        add_folder(&mut image, folder, 0o755)?;
    }
    for (folder, mode) in FOLDERS {
        add_folder(&mut image, Path::new(folder), mode)?;
    }
    add_link(&mut image, Path::new("usr"), &place.join("usr"), 0)?;
    for (link, target) in LINKS {
        add_link(&mut image, Path::new(link), Path::new(target), 0)?;
    }
    add_file(&mut image, &relative(container::PROGRAM), program)?;
    add_tree(&mut image, &root.join("etc"), Path::new("etc"))?;
    add_tree(&mut image, root, &place)?;
    image.finish()
}

/// Everything in a folder, beneath `place`.
fn add_tree(image: &mut Builder<&mut dyn Write>, folder: &Path, place: &Path) -> io::Result<()> {
    for entry in files::walk_all(folder).map_err(io::Error::other)? {
        let to = place.join(entry.path.strip_prefix(folder).unwrap_or(&entry.path));
        if entry.kind.is_symlink() {
            add_link(image, &to, &fs::read_link(&entry.path)?, modified(&entry.path)?)?;
        } else if entry.kind.is_dir() {
            let mut header = header(EntryType::Directory, 0o755, 0);
            header.set_mtime(modified(&entry.path)?);
            image.append_data(&mut header, &to, io::empty())?;
        } else if entry.kind.is_file() {
            add_file(image, &to, &entry.path)?;
        }
    }
    Ok(())
}

/// The time that a file shows, seconds since 1970.
fn modified(path: &Path) -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(fs::symlink_metadata(path)?.mtime().max(0) as u64)
}

/// A header of something that belongs to root.
fn header(kind: EntryType, mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_size(size);
    header.set_uid(0);
    header.set_gid(0);
    header
}

fn add_folder(image: &mut Builder<&mut dyn Write>, path: &Path, mode: u32) -> io::Result<()> {
    image.append_data(&mut header(EntryType::Directory, mode, 0), path, io::empty())
}

fn add_link(image: &mut Builder<&mut dyn Write>, path: &Path, target: &Path, time: u64) -> io::Result<()> {
    let mut header = header(EntryType::Symlink, 0o777, 0);
    header.set_mtime(time);
    image.append_link(&mut header, path, target)
}

fn add_file(image: &mut Builder<&mut dyn Write>, path: &Path, from: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let file = File::open(from)?;
    let found = file.metadata()?;
    let mode = if found.permissions().mode() & 0o111 == 0 { 0o644 } else { 0o755 };
    let mut header = header(EntryType::Regular, mode, found.len());
    header.set_mtime(modified(from)?);
    image.append_data(&mut header, path, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_holds_the_tree_the_program_and_the_root_s_links() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("tree");
        let long = format!("usr/lib/{}x.py", "deep/".repeat(40));
        for (path, text) in
            [("etc/passwd", "agent"), ("usr/bin/python3", "#!"), (&long, "pass"), ("manifest.json", "{}")]
        {
            files::write(&root.join(path), text).unwrap();
        }
        files::link(Path::new("python3"), &root.join("usr/bin/python")).unwrap();
        let program = folder.path().join("envy");
        fs::write(&program, "elf").unwrap();
        let mut bytes = Vec::new();
        write(&mut bytes, &root, "tree-name", &program).unwrap();
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut seen = std::collections::BTreeMap::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().to_string_lossy().into_owned();
            let link = entry.link_name().unwrap().map(|link| link.to_string_lossy().into_owned());
            let mut text = String::new();
            io::Read::read_to_string(&mut entry, &mut text).unwrap();
            assert_eq!((entry.header().uid().unwrap(), entry.header().gid().unwrap()), (0, 0), "{path}");
            seen.insert(path, link.unwrap_or(text));
        }
        let base = "envy/cache/runtimes/tree-name";
        assert_eq!(seen["usr"], format!("{base}/usr"));
        assert_eq!((seen["lib64"].as_str(), seen["envy/envy"].as_str()), ("usr/lib64", "elf"));
        assert_eq!(
            (seen["etc/passwd"].as_str(), seen[&format!("{base}/etc/passwd")].as_str()),
            ("agent", "agent")
        );
        assert_eq!(seen[&format!("{base}/usr/bin/python")], "python3");
        assert_eq!(
            (seen[&format!("{base}/{long}")].as_str(), seen[&format!("{base}/manifest.json")].as_str()),
            ("pass", "{}")
        );
    }

    #[test]
    fn the_image_is_named_by_the_lock() {
        assert!(image(false).starts_with(REPOSITORY) && image(false) != image(true));
    }
}
