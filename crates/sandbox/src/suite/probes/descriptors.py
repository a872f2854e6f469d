import subprocess
open_now = sorted(int(name) for name in os.listdir("/proc/self/fd"))
# The fourth is the listing's own.
expect("descriptors of python", open_now[:3] == [0, 1, 2] and len(open_now) <= 4, True)
listed = subprocess.run(["bash", "-c", "echo /proc/self/fd/*"], capture_output=True, text=True).stdout.split()
expect("descriptors of bash", {int(name.rsplit("/", 1)[1]) for name in listed} <= {0, 1, 2, 3, 255}, True)
for number in (0, 1, 2):
    target = os.readlink(f"/proc/self/fd/{number}")
    expect(f"descriptor {number}", target == "/dev/null" or target.startswith("pipe:"), True)
passed()
