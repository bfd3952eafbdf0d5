"""A real OpenAI-compatible server for the tests: llama.cpp's, with a very small model.

Usage: python model_server.py FILE.gguf MODEL_NAME

Prints its base URL as the one line on standard output once it answers, logs on standard error, and lives
until whoever started it ends it.
"""

import os
import signal
import sys
import time
import urllib.error
import urllib.request

import xllamacpp

# The native code may print on standard output too, and only the URL belongs there.
answer = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

file, name = sys.argv[1:3]
params = xllamacpp.CommonParams()
params.model.path = file
params.model_alias = {name}
params.hostnames = ["127.0.0.1"]
params.port = 0  # Any free one.
params.ui = False
params.n_parallel = 4
params.n_ctx = 4 * 2048
# The threads of one answer wait for each other by spinning, which is very slow while the tests use all cores.
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
# Tests look at the shape of an answer and not at its sense: short, and the same each time.
params.n_predict = 96
params.sampling.temp = 0.0
params.sampling.seed = 1

server = xllamacpp.Server(params)
deadline = time.monotonic() + 60
while True:
    try:
        with urllib.request.urlopen(server.listening_address + "/v1/models", timeout=5):
            break
    except (urllib.error.URLError, OSError):
        if time.monotonic() > deadline:
            raise
        time.sleep(0.05)
print(server.listening_address + "/v1", file=answer, flush=True)

# Until the task that started it ends it. A signal ends the process as a whole: the threads of the server, which may be in the
# middle of an answer, need not be joined.
while True:
    signal.pause()
