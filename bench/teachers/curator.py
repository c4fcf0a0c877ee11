"""Asks the endpoint by bespokelabs-curator.

python curator.py URL REQUESTS CONCURRENCY FOLDER → {"seconds": …, "answers": …}
"""

import contextlib
import json
import os
import sys
import time

url, requests, concurrency, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
os.environ.update(CURATOR_DISABLE_RICH_DISPLAY="1", TELEMETRY_ENABLED="false", CURATOR_CACHE_DIR=folder, OPENAI_API_KEY="none")


class Encoding:
    """Stands for the vocabulary that curator downloads to count tokens, so that no network is needed; it is faster."""

    def encode(self, text, **_):
        return text.split()


with contextlib.redirect_stdout(sys.stderr):
    import tiktoken

    tiktoken.get_encoding = lambda _: Encoding()
    tiktoken.encoding_for_model = lambda _: Encoding()
    from bespokelabs import curator

    class Answerer(curator.LLM):
        def prompt(self, row):
            return row["question"]

        def parse(self, row, response):
            return {"answer": response}

    answerer = Answerer(
        model_name="teacher",
        backend="openai",
        generation_params={"temperature": 1, "max_tokens": 2048},
        backend_params={
            "base_url": url,
            "api_key": "none",
            "max_concurrent_requests": concurrency,
            "max_requests_per_minute": 10_000_000,
            "max_tokens_per_minute": 100_000_000_000,
        },
    )
    rows = [{"question": f"Question {i}: why does water boil?"} for i in range(requests)]
    started = time.perf_counter()
    answers = len(answerer(rows, working_dir=folder).dataset)
    seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "answers": answers}))
