"""Turns a GGUF file into a model folder in Hugging Face's layout, at full precision: what `trl` and llama.cpp's converters read.

usage: dequantise.py FOLDER FILE OUT
"""

import sys

import gguf
import torch
from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, file, out = sys.argv[1:]
tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
# transformers splits text for every byte-level tokeniser alike; SmolLM's takes each digit by itself first, so that two spaces before a number are one token.
pre = gguf.GGUFReader(f"{folder}/{file}").get_field("tokenizer.ggml.pre")
if pre and pre.contents() == "smollm":
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), tokenizer.backend_tokenizer.pre_tokenizer]
    )
loaded = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32)
# A model that was loaded from GGUF refuses to be saved ("quantised"), so its weights go into a fresh one.
model = AutoModelForCausalLM.from_config(loaded.config).to(torch.float32)
model.load_state_dict(loaded.state_dict())
del model.config.quantization_config
model.save_pretrained(out)
tokenizer.save_pretrained(out)
