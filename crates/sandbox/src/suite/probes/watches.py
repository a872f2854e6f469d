count = 0
while count < 5000 and libc.inotify_init1(0) >= 0:
    count += 1
expect("watches are bounded", 0 < count < 5000, True)
passed()
