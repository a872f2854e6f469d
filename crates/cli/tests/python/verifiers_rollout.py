"""Plays an episode through verifiers' own `openenv` taskset, its model a script:
`verifiers_rollout.py URL CLEAN_PY FOLDER`; CLEAN_PY solves task 0. It prints what the taskset's trace says."""

import http.server
import json
import pathlib
import subprocess
import sys
import threading

url, solution, folder = sys.argv[1:]


def call(tool, **arguments):
    return json.dumps({"type": "call_tool", "tool_name": tool, "arguments": arguments})


SCRIPT = [
    call("list_files"),
    call("write_file", path="clean.py", content=pathlib.Path(solution).read_text()),
    call("submit_answer"),
]


class Model(http.server.BaseHTTPRequestHandler):
    """Chat completions, streamed: the reply of each turn is the script's."""

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        turn = sum(message["role"] == "assistant" for message in request["messages"])
        head = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "scripted"}
        delta = {"index": 0, "delta": {"role": "assistant", "content": SCRIPT[turn]}, "finish_reason": None}
        end = {"index": 0, "delta": {}, "finish_reason": "stop"}
        usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        chunks = [{**head, "choices": [delta]}, {**head, "choices": [end], "usage": usage}]
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        for chunk in chunks:
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
folder = pathlib.Path(folder)
folder.mkdir(parents=True, exist_ok=True)
config = folder / "eval.toml"
config.write_text(
    f"""
model = "scripted"
push = false
output_dir = {json.dumps(str(folder / "out"))}

[client]
base_url = "http://127.0.0.1:{server.server_address[1]}/v1"
api_key_var = "SCRIPTED_KEY"

[env.taskset]
id = "openenv"
base_url = {json.dumps(url)}
resets = [{{ index = 0 }}]

[env.player.harness]
id = "null"

[env.player.runtime]
type = "subprocess"
"""
)
program = str(pathlib.Path(sys.executable).with_name("vf-eval"))
told = subprocess.run([program, "@", str(config)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
traces = list((folder / "out").rglob("traces.jsonl"))
assert told.returncode == 0 and traces, told.stdout + told.stderr
episode = json.loads(traces[0].read_text().splitlines()[0])
trace = episode["traces"][0]
print(json.dumps({"ok": episode["ok"], "rewards": trace["rewards"], "nodes": len(trace["nodes"]), "errors": trace["errors"]}))
