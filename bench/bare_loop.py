"""A bare PyTorch loop: forward, backward, step. What `trl sft` is measured against, on the same rows in the same batches.

usage: bare_loop.py MODEL ROWS.jsonl STEPS BATCH LENGTH RANK
prints one JSON line: tokens (without padding), seconds, tokens a second.
"""

import json
import sys
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM, AutoTokenizer

model_path, rows_path = sys.argv[1:3]
steps, batch, length, rank = map(int, sys.argv[3:])
torch.manual_seed(1)
tokenizer = AutoTokenizer.from_pretrained(model_path)
model = AutoModelForCausalLM.from_pretrained(model_path, dtype=torch.float32)
model = get_peft_model(model, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear"))
optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=1e-4)

examples = []
with open(rows_path) as rows:
    for line in rows:
        row = json.loads(line)
        whole = tokenizer.apply_chat_template(row["prompt"] + row["completion"], tokenize=True, return_dict=True)["input_ids"]
        prompt = tokenizer.apply_chat_template(row["prompt"], tokenize=True, add_generation_prompt=True, return_dict=True)["input_ids"]
        examples.append((whole[:length], len(prompt)))
# Batches of rows of like length, as the trainer's `group_by_length` makes them: little of a batch is padding.
examples = sorted(examples[: steps * batch], key=lambda example: len(example[0]))

model.train()
tokens = 0
started = time.perf_counter()
for step in range(steps):
    rows = examples[step * batch : (step + 1) * batch]
    width = max(len(ids) for ids, _ in rows)
    input_ids = torch.full((len(rows), width), tokenizer.pad_token_id or 0)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    labels = torch.full((len(rows), width), -100)
    for i, (ids, prompt) in enumerate(rows):
        input_ids[i, : len(ids)] = torch.tensor(ids)
        mask[i, : len(ids)] = 1
        labels[i, prompt : len(ids)] = torch.tensor(ids[prompt:])
        tokens += len(ids)
    model(input_ids=input_ids, attention_mask=mask, labels=labels).loss.backward()
    optimizer.step()
    optimizer.zero_grad()
seconds = time.perf_counter() - started
print(json.dumps({"tokens": tokens, "seconds": seconds, "rate": tokens / seconds}))
