"""The client that test suites use: the openai package streams, the answer is put together, parsed and validated.

usage: python openai.py URL BODY SCHEMA REQUESTS CONCURRENCY KEY; prints requests per second.
"""
import asyncio, json, sys, time

import jsonschema
import openai


async def one(client, body, validator):
    text = []
    async for chunk in await client.chat.completions.create(**body):
        for choice in chunk.choices:
            text.append(choice.delta.content or "")
    validator.validate(json.loads("".join(text)))


async def main(url, body, schema, requests, concurrency, key):
    validator = jsonschema.Draft202012Validator(json.load(open(schema)))
    body = json.load(open(body))
    left = iter(range(requests))
    base = url.removesuffix("/chat/completions")
    async with openai.AsyncOpenAI(base_url=base, api_key=key, max_retries=0) as client:

        async def worker():
            for _ in left:
                await one(client, body, validator)

        start = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(concurrency)))
        print(requests / (time.perf_counter() - start))


asyncio.run(main(*sys.argv[1:4], *map(int, sys.argv[4:6]), sys.argv[6]))
