expect("/etc/shadow", refusal(lambda: open("/etc/shadow").read()), "ENOENT", "EACCES")
for path in ("/root", "/home", "/var", "/opt", "/srv", "/mnt", "/sys", "/boot", "/run", "/old", "/host"):
    # A container has some of these folders; then there is nothing in them but empty ones.
    inside = [os.path.join(path, name) for name in os.listdir(path)] if os.path.lexists(path) else []
    expect(path, [one for one in inside if not os.path.isdir(one) or os.listdir(one)], [])
own = {"bin", "dev", "etc", "lib", "lib64", "proc", "sbin", "tmp", "usr", "work"}
others = set(os.listdir("/")) - own
expect("the root", sorted(own - set(os.listdir("/"))), [])
expect("what else is in the root", others <= {".dockerenv", "envy", "run", "sys", "var"}, True)
expect("the program of the container", refusal(lambda: open("/envy/envy")), "ENOENT", "EACCES")
expect("/tmp", os.listdir("/tmp"), [])
expect("/dev/shm", os.listdir("/dev/shm"), [])
passed()
