for path in ("/proc/kcore", "/proc/kmsg", "/dev/kmsg", "/dev/mem", "/dev/port"):
    expect(path, refusal(lambda: open(path, "rb").read(1)), "ENOENT", "EACCES", "EPERM")
writes = ("/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname",
          "/proc/sys/vm/overcommit_memory", "/proc/sys/user/max_user_namespaces", "/proc/self/oom_score_adj",
          "/proc/self/uid_map", "/proc/self/setgroups", "/sys/kernel/uevent_helper")
for path in writes:
    expect(f"write {path}", refusal(lambda: open(path, "w").write("0")), "ENOENT", "EACCES", "EPERM", "EROFS")
passed()
