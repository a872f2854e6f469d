"""Reads exports with the packages that own the formats: `formats.py FORMAT PATH`."""

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


def parquet(file):
    """Every column, as another implementation reads it."""
    import pyarrow.parquet

    table = pyarrow.parquet.read_table(file)
    records = [json.loads(text) for text in table.column("record").to_pylist()]
    return {"columns": table.column_names, "rows": table.drop_columns(["record"]).to_pylist(), "records": records}


def trace(file):
    """Every line's trace validates."""
    from openenv.core.harness.training import TrainingTrace

    lines = [json.loads(line) for line in pathlib.Path(file).read_text().splitlines()]
    return [len(TrainingTrace.model_validate(line["trace"]).turns) for line in lines]


print(json.dumps({"atif": atif, "inspect": inspect, "parquet": parquet, "trace": trace}[sys.argv[1]](sys.argv[2])))
