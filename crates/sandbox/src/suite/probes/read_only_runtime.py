import shutil
for path in ("/usr/x", "/usr/bin/x", "/usr/lib/x", "/etc/x", "/x", "/dev/x", "/proc/x"):
    expect(f"create {path}", refusal(lambda: open(path, "w")), "EROFS", "EACCES", "ENOENT", "EPERM")
program = os.path.realpath(sys.executable)
for action in (lambda: open(program, "r+b"), lambda: os.chmod(program, 0o777), lambda: os.utime(program),
               lambda: os.unlink(program), lambda: os.rename(program, program + ".old"),
               lambda: os.truncate(program, 0), lambda: os.link(program, "/tmp/python"),
               lambda: os.mkdir("/usr/folder"), lambda: os.symlink("/tmp", "/etc/link")):
    expect("change the runtime", refusal(action), "EROFS", "EACCES", "EPERM", "EXDEV")
expect("replace /etc/passwd", refusal(shutil.copy, "/dev/null", "/etc/passwd"), "EROFS", "EACCES", "EPERM")
passed()
