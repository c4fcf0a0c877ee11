"""Merges a trained model with the instruct model (BYOL, arXiv 2601.10804): merged = pt + beta * ((it - pt) + (el - pt)).

Where there is no pre-trained model beside the instruct model, training started from the instruct model itself, pt is taken to be it, and the formula becomes it + beta * (el - it).
Each beta is measured by the bits per byte of held-out texts of each kind; the one with the lowest mean of their logarithms, each against the instruct model's, is kept.

usage: interpolate.py INSTRUCT TRAINED OUT LENGTH BETAS [PRETRAINED] < held-out.jsonl > sweep.json
reads rows of {"kind": ..., "text": ...}; writes {"instruct": {kind: bits}, "sweep": [{"beta": ..., "bits": {kind: bits}, "score": ...}], "beta": ...}.
"""

import json
import math
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

instruct, trained, out, length, betas, *pretrained = sys.argv[1:]
load = lambda folder: AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
tokenizer = AutoTokenizer.from_pretrained(instruct)
model = load(instruct)
texts = [json.loads(line) for line in sys.stdin]


@torch.no_grad()
def bits_per_byte():
    nats, size = {}, {}
    for row in texts:
        ids = tokenizer(row["text"], add_special_tokens=False)["input_ids"][: int(length)]
        if len(ids) < 2:
            continue
        tokens = torch.tensor([ids])
        logits = model(tokens).logits[0, :-1]
        loss = torch.nn.functional.cross_entropy(logits, tokens[0, 1:], reduction="sum").item()
        kind = row["kind"]
        nats[kind] = nats.get(kind, 0) + loss
        size[kind] = size.get(kind, 0) + len(tokenizer.decode(ids[1:]).encode())
    return {kind: nats[kind] / math.log(2) / size[kind] for kind in nats}


reference = bits_per_byte()
start = load(pretrained[0]).state_dict() if pretrained else {k: v.clone() for k, v in model.state_dict().items()}
# The sum of what instruction tuning and what the language changed.
delta = {name: value - start[name] for name, value in load(trained).state_dict().items()}
if pretrained:
    for name, value in model.state_dict().items():
        delta[name] += value - start[name]


def move(beta):
    model.load_state_dict({name: start[name] + beta * delta[name] for name in start})


sweep = []
for beta in [float(beta) for beta in betas.split(",")]:
    move(beta)
    bits = bits_per_byte()
    score = sum(math.log(bits[kind] / reference[kind]) for kind in bits) / max(1, len(bits))
    sweep.append({"beta": beta, "bits": bits, "score": score})
    print(f"beta {beta}", file=sys.stderr, flush=True)
best = min(sweep, key=lambda point: point["score"])["beta"]
move(best)
model.save_pretrained(out)
tokenizer.save_pretrained(out)
json.dump({"instruct": reference, "sweep": sweep, "beta": best}, sys.stdout)
