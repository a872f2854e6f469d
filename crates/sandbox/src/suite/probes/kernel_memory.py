expect("System V shared memory", syscall("shmget", 0, 1 << 20, 0o1600), "EPERM")
expect("System V queue", syscall("msgget", 0, 0o1600), "EPERM")
expect("System V semaphores", syscall("semget", 0, 1, 0o1600), "EPERM")
expect("message queue", syscall("mq_open", b"/q", 0o102, 0o600, 0), "EPERM")
def fill(folder, chunk=b"x" * (1 << 20)):
    for number in range(3):
        with open(f"{folder}/full-{number}", "wb", buffering=0) as file:
            for _ in range(30):
                file.write(chunk)
for folder in ("/dev/shm", "/tmp"):
    expect(folder, refusal(fill, folder), "ENOSPC")
    for name in os.listdir(folder):
        os.unlink(f"{folder}/{name}")
passed()
