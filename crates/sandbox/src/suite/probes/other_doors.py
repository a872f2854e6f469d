import mmap, platform
if platform.machine() != "x86_64":
    print("SKIP an x86-64 kernel")
    sys.exit(0)
NUMBERS["x32 getpid"] = 0x40000000 + 39
child = os.fork()
if child == 0:
    os._exit(0 if syscall("x32 getpid") == "ENOSYS" else 1)
_, status = os.waitpid(child, 0)
# A container's own filter kills where ours refuses.
killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSYS
expect("x32 is closed", killed or status == 0, True)
child = os.fork()
if child == 0:
    code = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    code.write(b"\xb8\x14\x00\x00\x00\xcd\x80\xc3")  # mov eax, 20 (getpid of 32 bits); int 0x80; ret
    address = ctypes.addressof(ctypes.c_char.from_buffer(code))
    ctypes.CFUNCTYPE(ctypes.c_int)(address)()
    os._exit(0)
_, status = os.waitpid(child, 0)
expect("int 0x80", os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSYS, True)
passed()
