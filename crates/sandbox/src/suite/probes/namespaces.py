calls = {"mount": (), "umount2": (), "pivot_root": (), "chroot": (), "open_tree": (), "move_mount": (), "fsopen": (),
         "fsconfig": (), "fsmount": (), "fspick": (), "mount_setattr": (), "setns": (0, 0)}
for name, arguments in calls.items():
    expect(name, syscall(name, *arguments), "EPERM", None)
flags = {"NEWUSER": 0x10000000, "NEWNS": 0x20000, "NEWPID": 0x20000000, "NEWNET": 0x40000000, "NEWIPC": 0x08000000,
         "NEWUTS": 0x04000000, "NEWCGROUP": 0x02000000}
for name, flag in flags.items():
    expect(f"unshare {name}", syscall("unshare", flag), "EPERM")
    expect(f"clone {name}", syscall("clone", flag | signal.SIGCHLD), "EPERM")
    # The kernel reads 32 bits here; dirt above them must not hide a flag from the filter.
    expect(f"clone {name} with dirt", syscall("clone", flag | signal.SIGCHLD | (1 << 40)), "EPERM")
expect("clone3", syscall("clone3", 0, 0), "ENOSYS")
passed()
