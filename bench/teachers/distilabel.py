"""Asks the endpoint by distilabel.

python distilabel.py URL REQUESTS CONCURRENCY FOLDER → {"seconds": …, "answers": …}
"""

import contextlib
import json
import sys
import time

# This file is called as the package is.
sys.path.pop(0)
url, requests, concurrency, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]

if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        from distilabel.models import OpenAILLM
        from distilabel.pipeline import Pipeline
        from distilabel.steps import LoadDataFromDicts
        from distilabel.steps.tasks import TextGeneration

        with Pipeline(name="bench", cache_dir=folder) as pipeline:
            rows = LoadDataFromDicts(
                data=[{"instruction": f"Question {i}: why does water boil?"} for i in range(requests)],
                batch_size=concurrency,
            )
            llm = OpenAILLM(
                model="teacher",
                base_url=url,
                api_key="none",
                generation_kwargs={"temperature": 1.0, "max_new_tokens": 2048},
            )
            # A batch is asked at once.
            rows >> TextGeneration(llm=llm, input_batch_size=concurrency)
        started = time.perf_counter()
        answers = len(pipeline.run(use_cache=True)["default"]["train"])
        seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "answers": answers}))
