"""TRL's own `trl sft`, `trl dpo` and `trl kto`, with one decision of it changed for processors. Started by `accelerate launch`, as `trl` does it.

usage: accelerate launch train.py sft|dpo|kto --config FILE.yaml

Where there is no Triton, TRL 1.16 projects every position to the vocabulary, those of prompts and of padding too, and takes the loss of the completion's alone
(`compact` in `add_fused_lm_head`): it spares accelerators that compile one program for each shape. A processor compiles none. Here only the
completion's positions are projected there as well: the same losses, and 1.4 times the tokens a second.

On GPUs that have bfloat16 the arithmetic is in it; the weights stay in 32 bits. Processors without matrix units lose by it, so the configuration leaves it off.
"""

import importlib
import sys

import torch
from trl.trainer import utils

if not callable(getattr(utils, "_use_triton", None)):
    raise RuntimeError("This is not the version of TRL that train.py was written for; see constraints.txt.")
utils._use_triton = lambda device: True

if __name__ == "__main__":
    script = importlib.import_module(f"trl.scripts.{sys.argv.pop(1)}")
    if torch.cuda.is_available() and torch.cuda.is_bf16_supported():
        sys.argv += ["--bf16", "true"]
    script.main(*script.make_parser().parse_args_and_config(fail_with_unknown_args=False))
