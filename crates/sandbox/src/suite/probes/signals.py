for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGINT):
    expect(f"signal {number} to init", refusal(os.kill, 1, number), "", "EPERM")
# Its parent is the init, or somebody outside who has no number here.
if os.getppid() > 1:
    expect("the parent is another user's", os.stat(f"/proc/{os.getppid()}").st_uid != os.getuid(), True)
    expect("signal the parent", refusal(os.kill, os.getppid(), signal.SIGKILL), "EPERM")
for pid in (2**15 - 1, 300, 4242):
    if not os.path.exists(f"/proc/{pid}"):
        expect(f"signal {pid}", refusal(os.kill, pid, 0), "ESRCH", "EPERM")
# Everybody that can be named gets it: this process, and nobody outside the box.
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = os.fork()
if child == 0:
    os.kill(-1, signal.SIGTERM)
    os._exit(0)
expect("the sender", os.waitpid(child, 0)[1], 0)
expect("numbers in /proc", all(int(name) < 1000 for name in os.listdir("/proc") if name.isdigit()), True)
passed()
