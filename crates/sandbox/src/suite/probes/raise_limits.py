import resource
for name in ("AS", "NPROC", "NOFILE", "FSIZE", "CORE", "MEMLOCK", "CPU"):
    which = getattr(resource, "RLIMIT_" + name)
    soft, hard = resource.getrlimit(which)
    expect(f"{name} is limited", hard != resource.RLIM_INFINITY, True)
    expect(f"raise {name}", refusal(resource.setrlimit, which, (soft, hard + 1)), "ValueError", "EPERM")
expect("core", resource.getrlimit(resource.RLIMIT_CORE), (0, 0))
expect("nice", refusal(os.nice, -1), "EPERM", "EACCES")
expect("real time", refusal(os.sched_setscheduler, 0, os.SCHED_FIFO, os.sched_param(1)), "EPERM")
expect("affinity", refusal(os.sched_setaffinity, 0, {0}), "EPERM")
passed()
