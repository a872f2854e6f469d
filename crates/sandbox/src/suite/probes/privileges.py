import shutil
status = dict(line.split(":\t", 1) for line in open("/proc/self/status").read().splitlines() if ":\t" in line)
for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
    expect(name, int(status[name], 16), 0)
expect("NoNewPrivs", status["NoNewPrivs"], "1")
expect("Seccomp", status["Seccomp"], "2")
expect("user", (os.getuid(), os.geteuid(), os.getgid()), (1000, 1000, 1000))
for name in ("setuid", "setgid"):
    expect(name, refusal(getattr(os, name), 0), "EPERM", "EINVAL")
expect("setgroups", refusal(os.setgroups, [0]), "EPERM", "EINVAL")
shutil.copy("/usr/bin/id", "/tmp/id")
os.chmod("/tmp/id", 0o6755)
expect("a set-user-id copy", os.popen("/tmp/id -u").read().strip(), "1000")
for line in open("/proc/self/uid_map").read().splitlines():
    expect("host root is not mapped", line.split()[0] != "0" and line.split()[2] == "1", True)
passed()
