"""Everything a client can do wrong, over a raw socket and plain HTTP: `openenv_bad_input.py URL`.

The server has one seat and closes idle sessions after two seconds. It prints every answer, for the canary's sake.
"""

import json
import sys
import time
import urllib.error
import urllib.request

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

URL = sys.argv[1]
SOCKET = URL.replace("http", "ws") + "/ws"
SEEN = []


def ask(socket, frame):
    socket.send(frame if isinstance(frame, (str, bytes)) else json.dumps(frame))
    answer = json.loads(socket.recv(timeout=60))
    SEEN.append(answer)
    return answer


def code(socket, frame):
    answer = ask(socket, frame)
    assert answer["type"] == "error", answer
    return answer["data"]["code"]


def call(tool, **arguments):
    return {"type": "step", "data": {"type": "call_tool", "tool_name": tool, "arguments": arguments}}


def http(method, path, body=None):
    data = None if body is None else body.encode()
    request = urllib.request.Request(URL + path, data=data, method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            status, text = response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    SEEN.append(text)
    return status, text


def take_seat(**options):
    """A session, as soon as the one before has given its seat back."""
    for _ in range(100):
        socket = connect(SOCKET, max_size=None, **options)
        try:
            socket.send('{"type": "state"}')
            if json.loads(socket.recv(timeout=30))["type"] == "state":
                return socket
        except ConnectionClosed:
            pass
        socket.close()
        time.sleep(0.1)
    raise AssertionError("the seat was never given back")


def mistakes():
    with take_seat() as socket:
        for frame, expected in [
            ("{not json", "INVALID_JSON"),
            (b"\x00\x01", "INVALID_JSON"),
            ({"type": "jump"}, "UNKNOWN_TYPE"),
            ({"data": {}}, "VALIDATION_ERROR"),
            ([1, 2], "VALIDATION_ERROR"),
            ({"type": "step", "data": {"type": "fly"}}, "VALIDATION_ERROR"),
            ({"type": "step"}, "VALIDATION_ERROR"),
            ({"type": "reset", "data": {"seed": -1}}, "VALIDATION_ERROR"),
            ({"type": "reset", "data": {"index": 99}}, "VALIDATION_ERROR"),
            ({"type": "reset", "data": {"split": "moon"}}, "VALIDATION_ERROR"),
            ({"type": "reset", "data": {"episode_id": "x" * 300}}, "VALIDATION_ERROR"),
            (call("list_files"), "EXECUTION_ERROR"),
        ]:
            assert code(socket, frame) == expected, (frame, SEEN[-1])
        assert ask(socket, {"type": "reset", "data": {"mine": [1]}})["data"]["reward"] == 0.0
        wrong = ask(socket, call("read_file", path=7))["data"]["observation"]["error"]
        assert wrong["error_type"] == "execution_error", wrong
        refused = json.loads(connect(SOCKET).recv(timeout=30))["data"]
        assert (refused["code"], refused["max_sessions"]) == ("CAPACITY_REACHED", 1), refused
        # Two at once are answered in their order.
        socket.send(json.dumps(call("bash_exec", command="sleep 0.2; echo first")))
        socket.send(json.dumps(call("bash_exec", command="echo second")))
        order = [json.loads(socket.recv(timeout=30))["data"]["observation"]["result"] for _ in range(2)]
        assert "first" in order[0] and "second" in order[1], order
        answer = ask(socket, {"type": "mcp", "data": {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}})
        assert answer["data"]["result"]["tools"][0]["inputSchema"]["type"] == "object"


def long_step():
    """Pings are answered while a step goes on that lasts longer than the idle limit."""
    with take_seat(ping_interval=None) as socket:
        ask(socket, {"type": "reset", "data": {}})
        socket.send(json.dumps(call("bash_exec", command="sleep 3; echo late")))
        for _ in range(5):
            assert socket.ping().wait(timeout=1), "a ping was not answered"
            time.sleep(0.3)
        assert "late" in json.loads(socket.recv(timeout=30))["data"]["observation"]["result"]


def idle():
    with take_seat() as socket:
        told = json.loads(socket.recv(timeout=10))
        assert told["data"]["code"] == "SESSION_ERROR", told


def huge():
    with take_seat() as socket:
        try:
            socket.send("x" * (200 << 20))
            while True:
                assert json.loads(socket.recv(timeout=30))["type"] == "error"
        except ConnectionClosed:
            pass


def deaf():
    """A client that asks and never reads is left alone in the end."""
    socket = take_seat(ping_interval=None)
    try:
        for _ in range(1_000_000):
            socket.send(json.dumps({"type": "step", "data": {"type": "list_tools"}}))
        raise AssertionError("the server never minded")
    except ConnectionClosed:
        pass


def pages():
    for method, path, body, expected in [
        ("GET", "/health", None, 200),
        ("GET", "/metrics", None, 200),
        ("GET", "/metadata", None, 200),
        ("GET", "/schema", None, 200),
        ("GET", "/openapi.json", None, 200),
        ("GET", "/openenv.yaml", None, 200),
        ("GET", "/state", None, 200),
        ("GET", "/list_environments", None, 200),
        ("GET", "/CLEANING/splits", None, 200),
        ("GET", "/moon/splits", None, 404),
        ("POST", "/cleaning/tasks", '{"split": "train"}', 200),
        ("POST", "/cleaning/num_tasks", '{"split": "train"}', 200),
        ("POST", "/cleaning/task", '{"split": "train", "index": 0}', 200),
        ("POST", "/cleaning/task", '{"split": "train", "index": 7}', 400),
        ("POST", "/cleaning/task_range", '{"split": "train", "start": 0, "stop": 1}', 200),
        ("POST", "/cleaning/task_range", '{"split": "train", "start": 2}', 400),
        ("POST", "/cleaning/tasks", "{}", 422),
        ("POST", "/reset", "{}", 200),
        ("POST", "/reset", '{"seed": -1}', 422),
        ("POST", "/reset", "{", 422),
        ("POST", "/step", '{"action": {"type": "list_tools"}}', 200),
        ("POST", "/step", '{"action": {"type": "call_tool", "tool_name": "list_files"}}', 409),
        ("POST", "/mcp", "{}", 200),
        ("POST", "/mcp", "no json", 200),
        ("GET", "/nowhere", None, 404),
    ]:
        status, text = http(method, path, body)
        assert status == expected, (method, path, status, text)
    rpc = json.loads(http("POST", "/mcp", "{}")[1])
    assert (rpc["jsonrpc"], rpc["error"]["code"]) == ("2.0", -32600), rpc


mistakes()
long_step()
idle()
huge()
deaf()
with take_seat() as free:
    pass
time.sleep(0.5)
pages()
print(json.dumps(SEEN))
