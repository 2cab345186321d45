"""Decode and prefill speed of gonogo-model against llama.cpp, one round each in turn (ABAB...).

    cargo build --release -p gonogo-model --example speed
    llamacpp/bin/python backends/model/benches/paired.py MODEL CACHE target/release/examples/speed [ROUNDS] [THREADS]

Both run the same file on the same number of threads with the same prompt and write 128 tokens.
The ratio of a round compares neighbours in time; the median of the ratios is the result. The
last line divides the processor time of whole rounds, which a busy machine disturbs less.
"""

import glob
import json
import statistics
import subprocess
import sys
import urllib.request

import xllamacpp

TASK = (
    "Write a Rust function that returns the sum of all even numbers in a slice of u64. Answer as one JSON object with the "
    "fields imports, variables, helper_functions and implementation (function_signature and body_statements)."
)


def on_cpu(pid):
    """Seconds all threads of a process have run."""
    seconds = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path) as file:
            seconds += int(file.read().split()[0]) / 1e9
    return seconds


def main(model, cache, speed, rounds=10, threads=1):
    params = xllamacpp.CommonParams()
    params.model.path, params.hostnames, params.port = model, ["127.0.0.1"], 18684
    params.n_ctx, params.n_parallel = 2048, 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = int(threads)
    server = xllamacpp.Server(params)

    def post(path, body):
        request = urllib.request.Request(server.listening_address + path, json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=300) as response:
            return json.load(response)

    text = post("/apply-template", {"messages": [{"role": "user", "content": TASK}]})["prompt"]
    prompt = post("/tokenize", {"content": text, "parse_special": True})["tokens"]
    ours = subprocess.Popen([speed, model, cache, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run_ours():
        start = on_cpu(ours.pid)
        ours.stdin.write(json.dumps(prompt) + "\n")
        ours.stdin.flush()
        answer = json.loads(ours.stdout.readline())
        return 1 / answer["token_s"], len(prompt) / answer["prefill_s"], 1 / (on_cpu(ours.pid) - start)

    def run_theirs():
        body = {"prompt": prompt, "n_predict": 129, "temperature": 0, "ignore_eos": True, "cache_prompt": False}
        start = on_cpu("self")
        timings = post("/completion", body)["timings"]
        return timings["predicted_per_second"], timings["prompt_per_second"], 1 / (on_cpu("self") - start)

    run_ours(), run_theirs()
    pairs = [(run_ours(), run_theirs()) for _ in range(int(rounds))]
    ours.stdin.close()
    for index, name in enumerate(["decode", "prefill", "rounds by processor time"]):
        a, b = [[row[side][index] for row in pairs] for side in (0, 1)]
        ratios = [x / y for x, y in zip(a, b)]
        print(
            f"{name}: gonogo-model {statistics.median(a):.1f} /s, llama.cpp {statistics.median(b):.1f} /s,"
            f" ratio {statistics.median(ratios):.2f} (min {min(ratios):.2f}, max {max(ratios):.2f}, n {len(pairs)},"
            f" {threads} thread(s), prompt {len(prompt)} tokens)"
        )


main(*sys.argv[1:])
