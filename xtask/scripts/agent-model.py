"""A scripted model for a real agent: Anthropic's Messages API, streamed. `agent-model.py CLEAN_PY`.

It reads the task as a resource, lists the files, writes CLEAN_PY as clean.py, submits, and says that it is done: with
the tools that Claude Code makes of the server called envy. It prints where it listens, then a line of JSON for each result
that it was given, and serves until its input ends.
"""

import http.server
import json
import pathlib
import sys
import threading

SCRIPT = [
    ("ReadMcpResourceTool", {"server": "envy", "uri": "envy://task"}),
    ("mcp__envy__list_files", {}),
    ("mcp__envy__write_file", {"path": "clean.py", "content": pathlib.Path(sys.argv[1]).read_text()}),
    ("mcp__envy__submit_answer", {}),
]


def results(request):
    """What the calls of the conversation so far brought."""
    contents = [message["content"] for message in request["messages"]]
    blocks = [block for content in contents if isinstance(content, list) for block in content]
    return [block for block in blocks if block.get("type") == "tool_result"]


def plan(request):
    """The next call, or nothing. Requests without the tools (titles, checks) are only answered."""
    offered = [tool["name"] for tool in request.get("tools", [])]
    done = len(results(request))
    if done == len(SCRIPT) or SCRIPT[done][0] not in offered:
        return None
    return SCRIPT[done]


def blocks(call):
    if call is None:
        return [{"type": "text", "text": ""}], [{"type": "text_delta", "text": "Done."}], "end_turn"
    name, arguments = call
    start = {"type": "tool_use", "id": f"toolu_{name[-12:]}", "name": name, "input": {}}
    return [start], [{"type": "input_json_delta", "partial_json": json.dumps(arguments)}], "tool_use"


def events(call):
    """The events of one reply."""
    usage = {"input_tokens": 1, "output_tokens": 1, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "scripted", "content": []}
    yield {"type": "message_start", "message": {**message, "stop_reason": None, "stop_sequence": None, "usage": usage}}
    starts, deltas, reason = blocks(call)
    for index, (start, delta) in enumerate(zip(starts, deltas)):
        yield {"type": "content_block_start", "index": index, "content_block": start}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    yield {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": {"output_tokens": 1}}
    yield {"type": "message_stop"}


def whole(call):
    """The same reply to a request that does not stream."""
    starts, _, reason = blocks(call)
    content = [{"type": "text", "text": "Done."}] if call is None else [{**starts[0], "input": call[1]}]
    usage = {"input_tokens": 1, "output_tokens": 1}
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": "scripted", "content": content,
            "stop_reason": reason, "stop_sequence": None, "usage": usage}


class Model(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if "messages" not in request or "count_tokens" in self.path:
            return self.answer("application/json", json.dumps({"input_tokens": 1}))
        call = plan(request)
        for seen in results(request)[-1:]:
            print(json.dumps(seen), flush=True)
        if not request.get("stream"):
            return self.answer("application/json", json.dumps(whole(call)))
        lines = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events(call)]
        return self.answer("text/event-stream", "".join(lines))

    def do_GET(self):
        self.answer("application/json", "{}")

    def answer(self, kind, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
sys.stdin.read()
