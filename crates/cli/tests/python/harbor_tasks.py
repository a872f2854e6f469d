"""Runs exported tasks through Harbor itself: `harbor_tasks.py TASKS JOBS`. It prints what each agent earned."""

import json
import pathlib
import subprocess
import sys

from harbor.models.task.task import Task

tasks, jobs = sys.argv[1:]
seen = {"valid": [], "rewards": {}}
for folder in sorted(pathlib.Path(tasks).iterdir()):
    task = Task(folder)
    seen["valid"].append([Task.is_valid_dir(folder), task.config.task.name, task.config.environment.workdir])
for agent in ["oracle", "nop"]:
    run = [str(pathlib.Path(sys.executable).with_name("harbor")), "run", "--path", tasks, "--agent", agent, "--env"]
    run += ["harbor_env:Boxed", "--jobs-dir", jobs, "--job-name", agent, "--quiet", "--n-concurrent", "1", "--yes"]
    told = subprocess.run(run, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    results = [path for path in (pathlib.Path(jobs) / agent).glob("*/result.json")]
    assert told.returncode == 0 and results, told.stdout + told.stderr
    result = json.loads(results[0].read_text())
    seen["rewards"][agent] = (result.get("verifier_result") or {}).get("rewards")
    if seen["rewards"][agent] is None:
        print(json.dumps(result.get("exception_info")), file=sys.stderr)
print(json.dumps(seen))
