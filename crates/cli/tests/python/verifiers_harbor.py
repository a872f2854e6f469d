"""Plays exported tasks through verifiers' own Harbor taskset, graded in a second box: `verifiers_harbor.py TASKS FOLDER`.

It prints what solving and doing nothing earned, as the traces have it.
"""

import json
import os
import pathlib
import subprocess
import sys

tasks, folder = sys.argv[1], pathlib.Path(sys.argv[2])
folder.mkdir(parents=True)
config = folder / "eval.toml"
config.write_text(
    f"""
model = "nobody"
push = false
output_dir = {json.dumps(str(folder / "out"))}

[client]
base_url = "http://127.0.0.1:9/v1"
api_key_var = "SCRIPTED_KEY"

[env.taskset]
id = "envy_harbor"

[env.agent.runtime]
type = "docker"
"""
)
program = str(pathlib.Path(sys.executable).with_name("vf-eval"))
given = {**os.environ, "ENVY_TASKS": tasks, "SCRIPTED_KEY": "none"}
told = subprocess.run([program, "@", str(config)], capture_output=True, text=True, stdin=subprocess.DEVNULL, env=given)
traces = list((folder / "out").rglob("traces.jsonl"))
assert told.returncode == 0 and traces, told.stdout + told.stderr
seen = {}
for line in traces[0].read_text().splitlines():
    episode = json.loads(line)
    assert episode["ok"], episode["errors"]
    trace = episode["traces"][0]
    seen[trace["task"]["data"]["name"]] = {key: trace[key] for key in ["rewards", "metrics", "errors"]}
print(json.dumps(seen))
