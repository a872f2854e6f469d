own = {"null", "zero", "full", "random", "urandom", "fd", "stdin", "stdout", "stderr", "shm"}
expect("what is missing in /dev", sorted(own - set(os.listdir("/dev"))), [])
for other in set(os.listdir("/dev")) - own:
    for path in [f"/dev/{other}"] + [f"/dev/{other}/{name}" for name in ("ptmx", "0")]:
        if os.path.exists(path) and not os.path.isdir(path):
            expect(path, refusal(os.open, path, os.O_RDWR), "EACCES", "EPERM")
open("/dev/null", "w").write("x")
expect("/dev/zero", open("/dev/zero", "rb").read(2), b"\0\0")
expect("/dev/full", refusal(lambda: os.write(os.open("/dev/full", os.O_WRONLY), b"x")), "ENOSPC")
expect("/dev/urandom", len(open("/dev/urandom", "rb").read(8)), 8)
expect("make a device", refusal(os.mknod, "/tmp/null", 0o600 | 0o020000, os.makedev(1, 3)), "EPERM")
expect("make a block device", refusal(os.mknod, "/tmp/disk", 0o600 | 0o060000, os.makedev(8, 0)), "EPERM")
passed()
