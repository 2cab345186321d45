"""A plain client of the same endpoint: aiohttp, events read, the answer parsed and validated.

usage: python bench_http.py URL SCHEMA REQUESTS CONCURRENCY; prints requests per second.
"""
import asyncio, json, sys, time

import aiohttp
import jsonschema


async def one(session, url, body, validator):
    text = []
    async with session.post(url, json=body) as response:
        async for line in response.content:
            if not line.startswith(b"data: ") or line.startswith(b"data: [DONE]"):
                continue
            for choice in json.loads(line[6:]).get("choices", []):
                text.append(choice.get("delta", {}).get("content") or "")
    validator.validate(json.loads("".join(text)))


async def main(url, schema, requests, concurrency):
    validator = jsonschema.Draft202012Validator(json.load(open(schema)))
    body = {"model": "sim", "stream": True, "messages": [{"role": "user", "content": "bench"}]}
    left = iter(range(requests))

    async def worker(session):
        for _ in left:
            await one(session, url, body, validator)

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=concurrency)) as session:
        start = time.perf_counter()
        await asyncio.gather(*(worker(session) for _ in range(concurrency)))
        print(requests / (time.perf_counter() - start))


asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])))
