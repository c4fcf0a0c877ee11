"""What the official Python client sees of a server; prints one JSON document. Usage: client.py BASE_URL MODEL"""

import json
import sys

import openai

base_url, model = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key="none", max_retries=0)
capital = [
    {"role": "system", "content": "You are a helpful assistant."},
    {"role": "user", "content": "What is the capital of France?"},
]
story = [{"role": "user", "content": "Tell me a very long story about the sea."}]


def refusal(work):
    try:
        work()
    except openai.APIStatusError as error:
        return {"class": type(error).__name__, "status": error.status_code, "code": error.code, "param": error.param}
    return None


def send_torn():
    """What a program does that builds its JSON by hand."""
    headers = {"content-type": "application/json"}
    client.post("/chat/completions", cast_to=object, content=b'{"model": "gl", "mess', options={"headers": headers})


def create(**options):
    return client.chat.completions.create(**{"model": model, "messages": capital, "temperature": 0, "max_tokens": 24, **options})


answer = create()
stream = create(stream=True, stream_options={"include_usage": True})
chunks = list(stream)

pieces = 0
with create(messages=story, max_tokens=800, stream=True) as left:
    for _ in left:
        pieces += 1
        if pieces == 4:
            break

print(
    json.dumps(
        {
            "models": sorted(entry.id for entry in client.models.list()),
            "answer": answer.choices[0].message.content,
            "usage": answer.usage.model_dump(include={"prompt_tokens", "completion_tokens", "total_tokens"}),
            "streamed": "".join(c.choices[0].delta.content or "" for c in chunks if c.choices),
            "streamed_usage": chunks[-1].usage.model_dump(include={"prompt_tokens", "completion_tokens", "total_tokens"}),
            "wrong_model": refusal(lambda: create(model="gpt-4o")),
            "too_long": refusal(lambda: create(messages=[{"role": "user", "content": "word " * 3000}])),
            "torn": refusal(send_torn),
            "wrong_type": refusal(lambda: create(temperature="hot")),
        }
    )
)
