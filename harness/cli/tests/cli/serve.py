"""A llama.cpp server on loopback: `serve.py MODEL PORT`. Ends when its standard input does."""

import sys

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames = ["127.0.0.1"]
params.port = int(sys.argv[2])
params.n_ctx = 4096  # divided by n_parallel
params.n_parallel = 2
# Two threads on two busy cores spin at each other's barriers and decode ten times slower.
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
params.endpoint_props = True
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
