"""Vectors of texts by a local model, in a process of its own."""

from __future__ import annotations

import asyncio
import math
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.models.embedding_file import write_embedding_only
from tests.providers.local import GREEDY, answer, request
from workbench.core.vectors import cosine
from workbench.errors import ContextOverflow, ModelError, ModelLoadError, WorkerDied
from workbench.models.starter import starter_path
from workbench.providers.llamacpp import LlamaCpp

CAT, SAME, FAR = "A cat sat on the mat.", "The cat is sitting on a mat.", "Stock markets fell sharply today."

MakeModel = Callable[..., LlamaCpp]


def test_texts_that_mean_the_same_lie_near_each_other(runner: asyncio.Runner, own: MakeModel) -> None:
    model = own()
    vectors = runner.run(model.embed((CAT, SAME, FAR, CAT)))
    assert [len(vector) for vector in vectors] == [576] * 4
    assert all(math.isclose(math.hypot(*vector), 1) for vector in vectors)
    assert cosine(vectors[0], vectors[3]) == pytest.approx(1)
    assert cosine(vectors[0], vectors[1]) > cosine(vectors[0], vectors[2])
    assert model.loaded
    assert model.memory()


def test_a_text_has_the_same_vector_in_any_company(runner: asyncio.Runner, own: MakeModel) -> None:
    model = own()
    (alone,) = runner.run(model.embed((CAT,)))
    together = runner.run(model.embed((*(f"{FAR} {n}" for n in range(40)), CAT)))
    assert len(together) == 41
    assert cosine(alone, together[-1]) == pytest.approx(1, abs=1e-3)


def test_a_text_that_is_too_long_is_refused_and_the_next_one_embedded(
    runner: asyncio.Runner, own: MakeModel
) -> None:
    model = own()
    with pytest.raises(ContextOverflow, match="embeds at most 1,024"):
        runner.run(model.embed(("long " * 2_000,)))
    assert len(runner.run(model.embed((CAT,)))) == 1


def test_embedding_and_answering_go_on_side_by_side(runner: asyncio.Runner, own: MakeModel) -> None:
    model = own()

    async def both() -> tuple[str, int]:
        (text, _), vectors = await asyncio.gather(answer(model, request(config=GREEDY)), model.embed((CAT, FAR)))
        return text, len(vectors)

    text, count = runner.run(both())
    assert text
    assert count == 2


def test_a_file_that_only_embeds_embeds_and_still_writes_nothing(
    runner: asyncio.Runner, own: MakeModel, tmp_path: Path
) -> None:
    model = own(write_embedding_only(starter_path(), tmp_path / "only.gguf"))
    vectors = runner.run(model.embed((CAT, SAME)))
    assert cosine(*vectors) > 0
    with pytest.raises(ModelLoadError, match="computes embeddings only"):
        runner.run(answer(model, request()))


def test_a_file_that_is_none_is_said(runner: asyncio.Runner, own: MakeModel, tmp_path: Path) -> None:
    with pytest.raises(ModelLoadError, match="There is no model file"):
        runner.run(own(tmp_path / "none.gguf").embed((CAT,)))


def test_a_process_that_dies_is_said_and_the_next_request_starts_another(
    runner: asyncio.Runner, own: MakeModel
) -> None:
    model = own()
    runner.run(model.embed((CAT,)))
    worker = model._embedder._worker
    assert worker is not None

    async def kill_and_ask() -> None:
        asked = asyncio.ensure_future(model.embed((FAR,) * 200))
        await asyncio.sleep(0)
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises((WorkerDied, ModelError)):
            await asked

    runner.run(kill_and_ask())
    assert len(runner.run(model.embed((CAT,)))) == 1


def test_unloading_ends_it(runner: asyncio.Runner, own: MakeModel) -> None:
    model = own()
    runner.run(model.embed((CAT,)))
    runner.run(model.unload())
    assert not model.loaded
    assert model.memory() is None
