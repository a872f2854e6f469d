//! A Python with pinned packages for a check, installed once into the cache.

use crate::shell;

/// The interpreter of an environment called `name` with these packages; nothing if it cannot be made here.
pub(crate) fn with(name: &str, packages: &[&str]) -> Option<String> {
    let folder = shell::cache()?.join("xtask").join(name);
    let (folder, python) = (folder.display().to_string(), folder.join("bin/python").display().to_string());
    if !shell::has(&python, &["--version"]) && shell::run("python3", &["-m", "venv", &folder]).is_err() {
        return None;
    }
    let install = ["-m", "pip", "install", "--quiet", "--only-binary", ":all:"];
    let install: Vec<&str> = install.iter().chain(packages).copied().collect();
    shell::run(&python, &install).is_ok().then_some(python)
}
