for name in ("io_uring_setup", "io_uring_enter", "io_uring_register"):
    expect(name, syscall(name, 1, 0), "ENOSYS")
passed()
