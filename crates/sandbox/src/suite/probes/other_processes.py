target = os.fork()
if target == 0:
    signal.pause()
buffer = ctypes.create_string_buffer(64)
for name, arguments in (("ptrace", (16, target)), ("process_vm_readv", (target,)), ("process_vm_writev", (target,)),
                        ("pidfd_getfd", (0, 0, 0)), ("kcmp", (os.getpid(), target, 0)), ("process_madvise", (0,))):
    expect(name, syscall(name, *arguments), "EPERM", None)
expect("ptrace init", syscall("ptrace", 16, 1), "EPERM")
os.kill(target, signal.SIGKILL)
passed()
