"""A plain client: aiohttp, events read, the answer put together, parsed and validated.

usage: python aiohttp.py URL BODY SCHEMA REQUESTS CONCURRENCY KEY; prints requests per second.
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


async def main(url, body, schema, requests, concurrency, key):
    validator = jsonschema.Draft202012Validator(json.load(open(schema)))
    body = json.load(open(body))
    left = iter(range(requests))

    async def worker(session):
        for _ in left:
            await one(session, url, body, validator)

    connector, headers = aiohttp.TCPConnector(limit=concurrency), {"authorization": f"Bearer {key}"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:
        start = time.perf_counter()
        await asyncio.gather(*(worker(session) for _ in range(concurrency)))
        print(requests / (time.perf_counter() - start))


asyncio.run(main(*sys.argv[1:4], *map(int, sys.argv[4:6]), sys.argv[6]))
