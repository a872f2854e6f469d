expect("/dev", sorted(os.listdir("/dev")),
       sorted(["null", "zero", "full", "random", "urandom", "fd", "stdin", "stdout", "stderr", "shm"]))
open("/dev/null", "w").write("x")
expect("/dev/zero", open("/dev/zero", "rb").read(2), b"\0\0")
expect("/dev/full", refusal(lambda: os.write(os.open("/dev/full", os.O_WRONLY), b"x")), "ENOSPC")
expect("/dev/urandom", len(open("/dev/urandom", "rb").read(8)), 8)
expect("make a device", refusal(os.mknod, "/tmp/null", 0o600 | 0o020000, os.makedev(1, 3)), "EPERM")
expect("make a block device", refusal(os.mknod, "/tmp/disk", 0o600 | 0o060000, os.makedev(8, 0)), "EPERM")
passed()
