# A file in memory is in no process's own memory: either there is none, or the box's accounting ends this.
try:
    file = os.memfd_create("bomb")
except OSError as error:
    expect("memfd_create", errno.errorcode[error.errno], "ENOSYS", "EPERM")
    passed()
# Several, since one is bounded by the cap of one file.
for number in range(1024):
    if number % 32 == 0:
        file = os.memfd_create("bomb")
    os.write(file, b"x" * (1 << 20))
print("1 GiB of memory files within a limit of 256 MiB")
