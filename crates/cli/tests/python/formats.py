"""Reads exports with the packages that own the formats: `formats.py atif DIR` or `formats.py inspect FILE`."""

import json
import pathlib
import sys


def atif(folder):
    """Every trajectory validates; what a reader would count comes back."""
    from atif import Trajectory

    seen = []
    for path in sorted(pathlib.Path(folder).glob("*.json")):
        trajectory = Trajectory.model_validate(json.loads(path.read_text()))
        calls = sum(len(step.tool_calls or []) for step in trajectory.steps)
        seen.append({"steps": len(trajectory.steps), "calls": calls, "extra": trajectory.extra})
    return seen


def inspect(file):
    """The log opens as a whole, by sample and by summary."""
    from inspect_ai.log import list_eval_logs, read_eval_log, read_eval_log_sample, read_eval_log_sample_summaries

    log = read_eval_log(file)
    samples = []
    for sample in log.samples:
        one = read_eval_log_sample(file, id=sample.id, epoch=sample.epoch)
        roles = [message.role for message in one.messages]
        calls = sum(len(message.tool_calls or []) for message in one.messages if message.role == "assistant")
        samples.append({"roles": roles, "calls": calls, "reward": one.scores["reward"].value})
    listed = list_eval_logs(str(pathlib.Path(file).parent), formats=["eval"])
    return {
        "status": log.status,
        "model": log.eval.model,
        "mean": log.results.scores[0].metrics["mean"].value,
        "samples": samples,
        "summaries": len(read_eval_log_sample_summaries(file)),
        "listed": len(listed),
    }


print(json.dumps({"atif": atif, "inspect": inspect}[sys.argv[1]](sys.argv[2])))
