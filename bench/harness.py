"""Puts rows to a model by lm-evaluation-harness, by its own task definitions, and prints what it predicts for each of them and how long it took.

Reads one JSON document on standard input:
  model, model_args, batch_size   as lm_eval takes them
  shots                           examples before each row
  limit                           rows at most
  cache                           file in which the model's answers are kept, so that a run that was cut off goes on; may be left out
  tasks                           {name: {"include": a task file of lm_eval, relative to its folder of tasks, "rows": {split: JSONL file}}}
Writes one on standard output: {"seconds": of all tasks, without loading, "tasks": {name: {"predictions": [index of a choice, a row], "scores": [[log P, a choice], a row], "accuracy": …}}}.
"""

import contextlib
import json
import pathlib
import sys
import tempfile
import time

import yaml

import lm_eval
from lm_eval.api.registry import get_model
from lm_eval.tasks import TaskManager

wish = json.load(sys.stdin)
definitions = pathlib.Path(lm_eval.__file__).parent / "tasks"


def task_file(name, include, rows):
    """The harness's own task on local rows. The metric that it fetches from a hub is left out."""
    return {
        "include": str(definitions / include),
        "task": name,
        "tag": None,
        "dataset_path": "json",
        "dataset_name": None,
        "dataset_kwargs": {"data_files": rows},
        "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
    }


with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(sys.stderr):
    for name, task in wish["tasks"].items():
        (pathlib.Path(folder) / f"{name}.yaml").write_text(yaml.safe_dump(task_file(name, task["include"], task["rows"])))
    model = get_model(wish["model"]).create_from_arg_obj(wish["model_args"], {"batch_size": wish["batch_size"]})
    manager = TaskManager(include_path=folder, include_defaults=False)
    started = time.perf_counter()
    report = lm_eval.simple_evaluate(
        model=model,
        tasks=list(wish["tasks"]),
        num_fewshot=wish["shots"],
        limit=wish["limit"],
        use_cache=wish.get("cache"),
        task_manager=manager,
        bootstrap_iters=0,
        log_samples=True,
    )
    seconds = time.perf_counter() - started

tasks = {}
for name, samples in report["samples"].items():
    samples.sort(key=lambda sample: sample["doc_id"])
    scores = [[float(score) for score, _ in sample["filtered_resps"]] for sample in samples]
    tasks[name] = {
        "predictions": [max(range(len(each)), key=each.__getitem__) for each in scores],
        "scores": scores,
        "accuracy": sum(sample["acc"] for sample in samples) / len(samples),
    }
print(json.dumps({"seconds": seconds, "tasks": tasks}))
