"""Holds our requests and our test server's replies against the types of the providers' own packages.

Reads the lines of `wire_dump` on stdin. A request passes if the package's type for it takes it and knows every member
of it (what a type does not know, pydantic drops, so a request that comes back shorter has a member too many). A reply
passes if the package's model for it takes it as a strict reader would.
"""

import json
import sys
from collections.abc import Iterator

from anthropic.types import Message, RawMessageStreamEvent
from anthropic.types.message_create_params import (
    MessageCreateParamsNonStreaming,
    MessageCreateParamsStreaming,
)
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.chat.completion_create_params import (
    CompletionCreateParamsNonStreaming,
    CompletionCreateParamsStreaming,
)
from openai.types.responses import Response
from openai.types.responses.response_create_params import (
    ResponseCreateParamsNonStreaming,
    ResponseCreateParamsStreaming,
)
from pydantic import TypeAdapter

# For each dialect: the request's types (whole, streamed), the reply's model, and the model of a streamed event.
TYPES = {
    "anthropic": (
        MessageCreateParamsNonStreaming,
        MessageCreateParamsStreaming,
        Message,
        RawMessageStreamEvent,
    ),
    "openai-chat": (
        CompletionCreateParamsNonStreaming,
        CompletionCreateParamsStreaming,
        ChatCompletion,
        ChatCompletionChunk,
    ),
    "openai-responses": (
        ResponseCreateParamsNonStreaming,
        ResponseCreateParamsStreaming,
        Response,
        None,
    ),
}

# What servers of the open field understand and the packages do not know.
BEYOND = {"reasoning_content"}


def plain(value):
    """Lists in place of pydantic's lazy iterators; walking them is what validates them."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, Iterator)):
        return [plain(inner) for inner in value]
    return value


def lost(sent, known, path=""):
    """The members of `sent` that the type does not know."""
    if isinstance(sent, dict) and isinstance(known, dict):
        for key, inner in sent.items():
            if key in known:
                yield from lost(inner, known[key], f"{path}/{key}")
            elif key not in BEYOND:
                yield f"{path}/{key}"
    elif isinstance(sent, list) and isinstance(known, list):
        if len(sent) != len(known):
            yield path
        for place, (one, other) in enumerate(zip(sent, known)):
            yield from lost(one, other, f"{path}/{place}")


def main():
    checked, wrong = 0, []
    for line in sys.stdin:
        dump = json.loads(line)
        if dump["dialect"] not in TYPES:
            continue
        whole, streamed, reply_model, event_model = TYPES[dump["dialect"]]
        request_type = TypeAdapter(streamed if dump["stream"] else whole)
        for turn, request in enumerate(dump["requests"]):
            checked += 1
            try:
                known = plain(request_type.validate_python(request))
                wrong += [f"{dump['dialect']} request {turn}: unknown {path}" for path in lost(request, known)]
            except Exception as error:
                wrong.append(f"{dump['dialect']} request {turn}: {error}")
        replies = [(reply_model, reply) for reply in dump["replies"]]
        if dump["stream"] and event_model is not None:
            events = [json.loads(event) for event in dump["events"] if event != "[DONE]"]
            # A ping is no event of the model: the package skips it by its name before it reads it.
            replies = [(event_model, event) for event in events if event.get("type") != "ping"]
        for turn, (model, reply) in enumerate(replies):
            checked += 1
            try:
                TypeAdapter(model).validate_python(reply)
            except Exception as error:
                wrong.append(f"{dump['dialect']} reply {turn}: {error}")
    for problem in wrong:
        print(problem)
    print(f"{checked} requests and replies checked, {len(wrong)} wrong")
    sys.exit(1 if wrong or checked == 0 else 0)


main()
