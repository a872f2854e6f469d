//! Tests of the built tree itself. They use the one in the cache folder: tests download nothing.

use std::fs;
use std::path::Path;

use envy_core::{BoxFile, BoxSpec, Exec, ExecResult, JobEnd, JobLimits, Sandbox, SandboxError};
use envy_sandbox::{Native, NativeConfig, RuntimeTree};

use super::{Runtime, files, find, trim, wheels};
use crate::Home;

/// The built tree; without one there is nothing to test, which is said and not passed over.
fn built() -> Option<(Home, Runtime)> {
    let home = Home::discover().expect("a cache folder");
    let runtime = find(home.cache(), false).expect("the tree is as it was built");
    if runtime.is_none() {
        skip("a built runtime (`envy build`)");
    }
    runtime.map(|runtime| (home, runtime))
}

#[expect(clippy::print_stderr, reason = "a test that cannot run has to say so")]
pub(super) fn skip(needs: &str) {
    eprintln!("SKIPPED: needs {needs}");
}

/// A table that scikit-learn bundles, from its kept wheel.
fn table(home: &Home, name: &str) -> Vec<u8> {
    let member = format!("sklearn/datasets/data/{name}");
    wheels::extract(home.cache(), "scikit-learn", &member)
        .unwrap()
        .expect("the wheel is kept beside the tree")
}

#[test]
fn the_tree_holds_no_data_set_and_nothing_of_envy() {
    let Some((home, runtime)) = built() else { return };
    let wine = table(&home, "wine_data.csv");
    let cancer = table(&home, "breast_cancer.csv");
    let row = |bytes| std::str::from_utf8(bytes).unwrap().lines().nth(1).unwrap();
    let rows = [row(&wine), row(&cancer)];
    let mut looked_at = 0;
    for entry in files::walk_all(&runtime.root.join("usr")).unwrap() {
        let name = files::name(&entry.path).to_lowercase();
        assert!(!name.contains("envy"), "{}", entry.path.display());
        if !entry.kind.is_file() || files::has_extension(&entry.path, "pyc") || name.contains(".so") {
            continue;
        }
        let in_packages =
            entry.path.components().any(|part| part.as_os_str().to_string_lossy().ends_with("-packages"));
        let is_data = in_packages && trim::is_data(&name);
        assert!(!is_data || entry.path.ends_with(trim::KEPT[0]), "{}", entry.path.display());
        let bytes = fs::read(&entry.path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!rows.iter().any(|row| text.contains(row)), "{}", entry.path.display());
        looked_at += 1;
    }
    assert!(looked_at > 1_000);
}

#[test]
fn the_real_tables_come_out_of_the_kept_wheel() {
    let Some((home, _)) = built() else { return };
    assert!(table(&home, "wine_data.csv").starts_with(b"178,13,"));
    assert!(table(&home, "breast_cancer.csv").starts_with(b"569,30,"));
    assert!(wheels::extract(home.cache(), "scikit-learn", "sklearn/no-such-file").is_err());
    assert_eq!(wheels::extract(home.cache(), "no-such-distribution", "x").unwrap(), None);
}

#[test]
fn an_altered_tree_is_refused_by_its_use_and_not_replaced_in_silence() {
    let cache = tempfile::tempdir().unwrap();
    let root = super::place(cache.path(), super::Lock::new(false));
    files::write(&root.join("usr/bin/python3"), "not what was built").unwrap();
    files::write(&root.join("etc/passwd"), "").unwrap();
    let origin = super::manifest::Origin {
        lock: super::digest(false),
        python: "3.11.7".to_owned(),
        tag: "cp311".to_owned(),
        slow: false,
    };
    super::manifest::seal(&root, origin).unwrap();
    let ensured = super::ensure(cache.path(), false, &mut |_| panic!("nothing is to be built")).unwrap();
    assert_eq!(ensured.root, root);
    fs::write(root.join("usr/bin/python3"), "something else").unwrap();
    let refused = super::ensure(cache.path(), false, &mut |_| panic!("nothing is to be built")).unwrap_err();
    let (said, hint) = (refused.to_string(), refused.hint());
    assert!(said.contains("not as it was built") && said.contains(&root.display().to_string()), "{said}");
    assert!(hint.contains("`envy build`"), "{hint}");
    assert_eq!(fs::read_to_string(root.join("usr/bin/python3")).unwrap(), "something else");
}

#[test]
fn packages_and_shell_tools_work_in_a_box() {
    let Some((_, runtime)) = built() else { return };
    let check = |argv: &[&str]| match run(&runtime.root, argv) {
        Ok(result) => {
            let words = String::from_utf8_lossy(&result.stderr).into_owned();
            assert_eq!(result.end, JobEnd::Exited(0), "{argv:?}: {words}");
            String::from_utf8(result.stdout).unwrap()
        }
        Err(SandboxError::Host { what, .. }) => {
            skip(&what);
            String::new()
        }
        Err(error) => panic!("{error}"),
    };
    let said = check(&["python3", "script.py"]);
    assert!(said.is_empty() || said.starts_with("imports took "), "{said}");
    let said = check(&[
        "bash",
        "-c",
        "awk 'BEGIN { print 6 * 7 }'; date +%Z; find . -name 's*.py' | xargs wc -l | wc -l",
    ]);
    assert!(said.is_empty() || said == "42\nUTC\n1\n", "{said}");
}

/// Runs a program in a box that holds the script.
fn run(root: &Path, argv: &[&str]) -> Result<ExecResult, SandboxError> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let native = Native::new(RuntimeTree::new(root), NativeConfig::standard())?;
        let script = BoxFile::new("script.py", include_str!("imports.py"));
        let mut workbox = native.open(BoxSpec { files: vec![script], limits: JobLimits::standard() }).await?;
        let argv = argv.iter().map(|part| (*part).to_owned()).collect();
        workbox.exec(Exec { argv, cwd: String::new(), wall_ms: 60_000, stream_bytes: 1 << 16 }).await
    })
}
