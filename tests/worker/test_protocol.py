"""Messages between parent and worker survive the line."""

from __future__ import annotations

import pytest

from workbench.core.completion import GenerationConfig, Message, Request, TokenCount, Usage
from workbench.core.model_reference import Adapter
from workbench.errors import BadFile, ContextOverflow, NotFound, StoreError, UserError
from workbench.worker.options import LoadOptions
from workbench.worker.protocol import (
    Answered,
    Asked,
    Cancel,
    Complete,
    Count,
    Counted,
    Done,
    Embed,
    Embedded,
    Load,
    Piece,
    Progress,
    Rehearse,
    Spare,
    Spared,
    as_error,
    decode_answered,
    decode_asked,
    encode,
    failed,
)

REQUEST = Request(
    "model",
    (Message("user", "nul \0 lone \ud800 line\u2028 end\n"), Message("assistant", "a", reasoning="b")),
    GenerationConfig(temperature=0.5, stop=("x", "\n")),
    json_schema={"type": "object"},
    effort="low",
    one_of_many=True,
)


@pytest.mark.parametrize(
    "message",
    [
        Load(0, "/m.gguf", LoadOptions(gpu_layers="auto")),
        Complete(1, REQUEST),
        Complete(1, REQUEST, (Adapter("/a b.gguf", -0.5),)),
        Rehearse(1, 100, 20),
        Count(2, REQUEST),
        Cancel(3),
        Spare(5),
        Embed(4, ("a", "\ud83d\n")),
    ],
)
def test_what_the_parent_asks_arrives(message: Asked) -> None:
    line = encode(message)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert decode_asked(line) == message


@pytest.mark.parametrize(
    "message",
    [
        Progress(1, "Loading", 0.5),
        Piece(1, "🦜\n"),
        Done(1, "stop", Usage(3, 4, 1), 12.5, {"seed": 1}),
        Embedded(1, ((0.5, -1e-9), (1.0, 0.0))),
        Spared(1, 24_000_000_000),
        Counted(1, TokenCount(9, (4, 5), text="x", context=100)),
    ],
)
def test_what_the_worker_answers_arrives(message: Answered) -> None:
    assert decode_answered(encode(message)) == message


@pytest.mark.parametrize("error", [ContextOverflow("too long", advice="shorten"), BadFile("bad"), UserError("no")])
def test_errors_keep_their_class_and_words(error: UserError) -> None:
    line = encode(failed(1, error))
    message = decode_answered(line)
    again = as_error(message)  # type: ignore[arg-type]
    assert (type(again), again.message, again.advice) == (type(error), error.message, error.advice)


@pytest.mark.parametrize("error", [NotFound("gone"), StoreError("full")])
def test_an_error_that_the_parent_does_not_know_comes_as_the_next_kind(error: UserError) -> None:
    assert type(as_error(failed(1, error))) is UserError


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b'{"type": "Nonsense"}', b'{"type": "Cancel"}', b"\xff"])
def test_what_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        decode_asked(line)
