expect("/etc/shadow", refusal(lambda: open("/etc/shadow").read()), "ENOENT", "EACCES")
for path in ("/root", "/home", "/var", "/opt", "/srv", "/mnt", "/sys", "/boot", "/run", "/old", "/host"):
    expect(path, os.path.lexists(path), False)
expect("the root", sorted(os.listdir("/")), sorted(["bin", "dev", "etc", "lib", "lib64", "proc", "sbin", "tmp", "usr", "work"]))
expect("/tmp", os.listdir("/tmp"), [])
expect("/dev/shm", os.listdir("/dev/shm"), [])
passed()
