import fcntl
expect("a terminal", refusal(lambda: open("/dev/tty")), "ENOENT", "ENXIO", "EACCES")
expect("standard input", os.isatty(0) or os.isatty(1) or os.isatty(2), False)
for name, request in (("TIOCSTI", 0x5412), ("TIOCLINUX", 0x541C), ("TIOCSCTTY", 0x540E), ("FICLONE", 0x40049409)):
    expect(name, refusal(fcntl.ioctl, 0, request, b"x\0\0\0\0\0\0\0"), "EPERM")
passed()
