"""What transformers makes of conversations: the reference that llama.cpp and Endonym's own rendering are compared with.

usage: reference.py MODEL < conversations.json > answers.json
reads a list of conversations; writes for each the rendered prompt and its token ids.
"""

import json
import sys

from transformers import AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(sys.argv[1])
answers = []
for messages in json.load(sys.stdin):
    text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    answers.append({"prompt": text, "tokens": tokenizer(text, add_special_tokens=False)["input_ids"]})
json.dump(answers, sys.stdout)
