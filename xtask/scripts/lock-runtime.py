"""Writes runtime/requirements.lock and runtime/requirements-slow.lock from their .in files.

Run it with a recent pip (25 or newer): `python3 xtask/scripts/lock-runtime.py`. Versions are resolved once, for the oldest
Python served, and pinned for all others, so that every machine gets the same releases. Each release carries the
SHA-256 of one wheel for each Python and processor served: `pip install --require-hashes` takes nothing else.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
MACHINES = ["x86_64", "aarch64"]
# The C libraries that the wheels may ask for, newest first. glibc 2.28 is in every distribution since 2019.
PLATFORMS = ["manylinux_2_28", "manylinux_2_27", "manylinux_2_26", "manylinux_2_24", "manylinux2014"]
FOLDER = pathlib.Path(__file__).resolve().parents[2] / "runtime"


def resolve(requirements, python, machine):
    """The wheels that satisfy `requirements` there: {(name, version): sha256}."""
    platforms = [part for name in PLATFORMS for part in ("--platform", f"{name}_{machine}")]
    with tempfile.TemporaryDirectory() as scratch:
        report = pathlib.Path(scratch, "report.json")
        wanted = pathlib.Path(scratch, "wanted.txt")
        wanted.write_text("\n".join(requirements) + "\n")
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
            + ["--only-binary", ":all:", "--target", scratch, "--python-version", python, *platforms]
            + ["--implementation", "cp", "--report", str(report), "-r", str(wanted)],
            check=True,
        )
        items = json.loads(report.read_text())["install"]
    wheels = {}
    for item in items:
        name = item["metadata"]["name"].lower().replace("_", "-")
        wheels[name, item["metadata"]["version"]] = item["download_info"]["archive_info"]["hashes"]["sha256"]
    return wheels


def lock(requirements):
    """Every release with the hashes of its wheels: {(name, version): {sha256}}."""
    pins = resolve(requirements, PYTHONS[0], MACHINES[0])
    hashes = {release: set() for release in pins}
    exact = [f"{name}=={version}" for name, version in pins]
    for python in PYTHONS:
        for machine in MACHINES:
            for release, digest in resolve(exact, python, machine).items():
                hashes.setdefault(release, set()).add(digest)
    return hashes


def write(path, about, hashes):
    lines = [f"# {about}", "# Written by xtask/scripts/lock-runtime.py; edit the .in file and run it instead."]
    for (name, version), digests in sorted(hashes.items()):
        lines.append(" \\\n    ".join([f"{name}=={version}"] + [f"--hash=sha256:{one}" for one in sorted(digests)]))
    path.write_text("\n".join(lines) + "\n")


def read(name):
    lines = (FOLDER / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def main():
    served = f"CPython {PYTHONS[0]} to {PYTHONS[-1]}, glibc Linux on {' and '.join(MACHINES)}"
    base = lock(read("requirements.in"))
    write(FOLDER / "requirements.lock", f"The packages of every box: {served}.", base)
    pinned = [f"{name}=={version}" for name, version in base]
    slow = lock(pinned + read("requirements-slow.in"))
    extra = {release: digests for release, digests in slow.items() if release not in base}
    write(FOLDER / "requirements-slow.lock", f"What --slow adds to requirements.lock: {served}.", extra)


if __name__ == "__main__":
    main()
