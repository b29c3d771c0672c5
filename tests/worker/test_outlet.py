"""The worker's way out: the first piece at once, later ones gathered, nothing lost or out of order."""

from __future__ import annotations

import io
import json

from workbench.core.completion import Usage
from workbench.worker.outlet import Outlet
from workbench.worker.protocol import Done, Piece


def test_the_first_piece_of_an_answer_goes_out_at_once() -> None:
    sink = io.BytesIO()
    outlet = Outlet(sink)
    outlet.send(Piece(1, "One"))
    assert texts(sink) == [(1, "One")]
    outlet.flush_due()
    outlet.send(Piece(1, " two"))
    outlet.send(Piece(2, "Uno"))
    assert texts(sink) == [(1, "One"), (2, "Uno")]


def test_later_pieces_are_gathered_and_come_before_the_end() -> None:
    sink = io.BytesIO()
    outlet = Outlet(sink)
    for word in ("One", " two", " three"):
        outlet.send(Piece(1, word))
    outlet.send(Piece(1, "why", reasoning=True))
    outlet.send(Done(1, "stop", Usage(3, 4)))
    assert texts(sink) == [(1, "One"), (1, " two three"), (1, "why"), (1, None)]


def test_an_id_that_comes_again_begins_anew() -> None:
    sink = io.BytesIO()
    outlet = Outlet(sink)
    outlet.send(Piece(1, "One"))
    outlet.send(Done(1, "stop", Usage(3, 1)))
    outlet.send(Piece(1, "Again"))
    assert texts(sink) == [(1, "One"), (1, None), (1, "Again")]


def texts(sink: io.BytesIO) -> list[tuple[int, str | None]]:
    """What was written: the id and the text of each line; None for an end."""
    lines = [json.loads(line) for line in sink.getvalue().splitlines()]
    return [(line["id"], line.get("text")) for line in lines]
