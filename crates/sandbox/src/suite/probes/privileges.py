import shutil
status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
    expect(name, int(status[name], 16), 0)
expect("NoNewPrivs", status["NoNewPrivs"], "1")
expect("Seccomp", status["Seccomp"], "2")
expect("user", (os.geteuid(), os.getgid(), os.getgroups() or [os.getgid()]), (os.getuid(), os.getuid(), [os.getuid()]))
expect("not root", os.getuid() >= 1000, True)
for name in ("setuid", "setgid"):
    expect(name, refusal(getattr(os, name), 0), "EPERM", "EINVAL")
expect("setgroups", refusal(os.setgroups, [0]), "EPERM", "EINVAL")
shutil.copy("/usr/bin/id", "/tmp/id")
os.chmod("/tmp/id", 0o6755)
expect("a set-user-id copy", os.popen("/tmp/id -u").read().strip(), str(os.getuid()))
maps = [line.split() for line in open("/proc/self/uid_map").read().splitlines()]
# One user, unless the box is a container without a user namespace: there root has just been seen to be out of reach.
expect("host root is not mapped", maps == [["0", "0", "4294967295"]] or all(
    line[0] != "0" and line[2] == "1" for line in maps), True)
passed()
