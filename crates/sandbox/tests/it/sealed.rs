//! A sealed folder: there to be read, and nothing in the box or from outside can write to it.

use envy_core::{BoxFile, BoxSpec, Exec, JobLimits, Sandbox as _, SandboxError, Sealed, Workbox};
use envy_sandbox::{Native, NativeConfig, RuntimeTree};

fn native() -> Native {
    Native::new(RuntimeTree::new("/"), NativeConfig::standard()).unwrap_or_else(|error| panic!("{error:?}"))
}

fn spec() -> BoxSpec {
    BoxSpec { files: vec![BoxFile::new("src/code.py", "x = 1\n")], limits: JobLimits::standard() }
}

async fn sealed(native: &Native) -> Box<dyn Workbox> {
    let files = vec![BoxFile::new("a.csv", "1,2\n"), BoxFile::new("deep/b.txt", "below")];
    native.open_sealed(spec(), Sealed { folder: "files".to_owned(), files }).await.unwrap()
}

async fn says(workbox: &mut Box<dyn Workbox>, argv: [&str; 3]) -> (String, String) {
    let argv = argv.map(str::to_owned).to_vec();
    let ran = workbox
        .exec(Exec { argv, cwd: String::new(), wall_ms: u64::MAX, stream_bytes: u64::MAX })
        .await
        .unwrap_or_else(|error| panic!("{error:?}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&ran.stdout), text(&ran.stderr))
}

#[tokio::test]
async fn a_sealed_folder_is_read_by_all_and_written_by_none() {
    let native = native();
    let mut workbox = sealed(&native).await;
    assert_eq!(workbox.list("").await.unwrap(), ["files/", "src/"]);
    assert_eq!(workbox.list("files").await.unwrap(), ["a.csv", "deep/"]);
    let (read, _) = says(&mut workbox, ["bash", "-c", "cat files/a.csv files/deep/b.txt"]).await;
    assert_eq!(read, "1,2\nbelow");
    for attempt in [
        "echo x > files/a.csv",
        "echo x >> files/deep/b.txt",
        "echo x > files/new.txt",
        "mkdir files/more",
        "rm -rf files",
        "mv files other",
        "rmdir files",
        "chmod 777 files/a.csv",
        "touch files/a.csv",
        "ln -s /etc files/link",
        "umount files",
        "mount -o remount,rw files",
    ] {
        let (_, why) = says(&mut workbox, ["bash", "-c", &format!("{attempt} && echo done >&2")]).await;
        assert!(!why.ends_with("done\n"), "{attempt}: {why}");
    }
    // As a child of the warm interpreter, too, which comes into the box from outside.
    workbox.write(BoxFile::new("try.py", "open('files/a.csv', 'w')\n")).await.unwrap();
    let (_, why) = says(&mut workbox, ["python3", "try.py", "x"]).await;
    assert!(why.contains("Read-only file system"), "{why}");
    let refused = workbox.write(BoxFile::new("files/a.csv", "x")).await.unwrap_err();
    assert!(matches!(&refused, SandboxError::Refused(why) if why.contains("read-only")), "{refused}");
    assert_eq!(workbox.read("files/a.csv", 100).await.unwrap().unwrap(), b"1,2\n");
    assert_eq!(workbox.read("files/deep/b.txt", 100).await.unwrap().unwrap(), b"below");
    assert_eq!(workbox.read("files/none", 100).await.unwrap(), None);
    let (mine, _) = says(&mut workbox, ["bash", "-c", "echo free > own.txt; cat own.txt src/code.py"]).await;
    assert_eq!(mine, "free\nx = 1\n", "the rest of the work directory is as ever");
}

#[tokio::test]
async fn a_sealed_folder_has_one_name_and_fits() {
    let native = native();
    for folder in ["", "a/b", "..", "/work"] {
        let sealed = Sealed { folder: folder.to_owned(), files: Vec::new() };
        let refused = native.open_sealed(spec(), sealed).await.err();
        assert!(matches!(refused, Some(SandboxError::Refused(_))), "{folder:?}");
    }
    let much = vec![BoxFile::new("much.bin", vec![1; 2 << 20])];
    let small = JobLimits { disk_bytes: 1 << 20, ..JobLimits::standard() };
    let spec = BoxSpec { files: Vec::new(), limits: small };
    let refused = native.open_sealed(spec, Sealed { folder: "files".to_owned(), files: much }).await.err();
    assert!(matches!(&refused, Some(SandboxError::Refused(why)) if why.contains("full")), "{refused:?}");
}
