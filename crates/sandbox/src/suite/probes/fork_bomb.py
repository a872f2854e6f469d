children = 0
while children < 1000:
    try:
        child = os.fork()
    except OSError as error:
        expect("fork", error.errno, errno.EAGAIN)
        break
    if child == 0:
        signal.pause()
    children += 1
expect("children within the limit", 0 < children < 32, True)
passed()
