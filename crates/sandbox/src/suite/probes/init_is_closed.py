for name in ("environ", "mem", "maps", "auxv", "stack", "syscall"):
    expect(f"/proc/1/{name}", refusal(lambda: open(f"/proc/1/{name}", "rb").read(64)), "EACCES", "EPERM", "ENOENT", "EIO")
for name in ("root", "cwd", "exe"):
    expect(f"/proc/1/{name}", refusal(os.readlink, f"/proc/1/{name}"), "EACCES", "EPERM")
expect("/proc/1/fd", refusal(os.listdir, "/proc/1/fd"), "EACCES", "EPERM")
expect("/proc/1/root/etc", refusal(os.listdir, "/proc/1/root/etc"), "EACCES", "EPERM")
passed()
