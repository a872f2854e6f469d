def fill(path, count, chunk=b"x" * (1 << 20)):
    with open(path, "wb", buffering=0) as file:
        for _ in range(count):
            file.write(chunk)
expect("fill the work directory", refusal(fill, "/work/full", 100), "ENOSPC", "EFBIG")
expect("within the quota", os.statvfs("/work").f_blocks * os.statvfs("/work").f_frsize <= 8 << 20, True)
os.unlink("/work/full")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
expect("one long sparse file", refusal(os.truncate, os.open("/work/long", os.O_CREAT | os.O_WRONLY), 1 << 40), "EFBIG")
os.unlink("/work/long")
def many():
    for number in range(20_000):
        os.close(os.open(f"/work/{number}", os.O_CREAT))
expect("files without end", refusal(many), "ENOSPC")
passed()
