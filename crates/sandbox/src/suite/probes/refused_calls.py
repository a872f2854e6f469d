names = ("bpf", "userfaultfd", "add_key", "request_key", "keyctl", "perf_event_open", "init_module", "finit_module",
         "delete_module", "kexec_load", "syslog", "open_by_handle_at", "memfd_secret", "quotactl", "acct", "swapon",
         "reboot", "settimeofday", "clock_settime", "adjtimex", "sethostname", "setdomainname", "fanotify_init",
         "vmsplice", "mbind", "set_mempolicy", "migrate_pages", "move_pages", "iopl", "ioperm", "modify_ldt")
for name in names:
    expect(name, syscall(name), "EPERM", None)
expect("personality", syscall("personality", 0x0040000), "EPERM")
expect("personality query", syscall("personality", 0xffffffff), "")
for name in ("lookup_dcookie", "nfsservctl", "uselib", "ustat", "sysfs", "_sysctl"):
    expect(name, syscall(name), "ENOSYS", "EPERM", None)
passed()
