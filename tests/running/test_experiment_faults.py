"""A server that counts, limits, fails, dies, stalls and lies: a thousand cells end correct, each answered once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest

from tests.loopback import Drop, Reply, Seen, Stall, answer, chunk, error, event, page, stream
from tests.running.conftest import Runner
from workbench.core.case import Case
from workbench.core.check import Check
from workbench.core.experiment import CellRecord, Experiment, Variant
from workbench.core.identifier import new_id
from workbench.core.prompt import Prompt
from workbench.providers.openai_compatible import OpenAICompatible
from workbench.running.experiment import Ending, Options

pytestmark = pytest.mark.timeout(120)

CELLS = 1_000
STALL_SECONDS = 1.0

BEGUN = event(chunk({"content": "Half an"}))
PASSING: dict[str, Reply] = {
    "limit": error(429, "Slow down.", headers={"Retry-After": "0"}),
    "limit without a time": error(429, "Slow down."),
    "failure": error(500, "The server had an error."),
    "overload": error(503, "Overloaded."),
    "death before a word": stream(Drop("reset")),
}
"""Faults that the program overcomes by itself: it asks once more."""

LASTING: dict[str, Reply] = {
    "death within the answer": stream(BEGUN, Drop("reset")),
    "end within the answer": stream(BEGUN, Drop("close")),
    "silence within the answer": stream(BEGUN, Stall()),
    "a page that claims to be an answer": page(),
    "a stream that is no JSON": stream(BEGUN, event('{"choices": [')),
    "an error in an answer that began well": stream(BEGUN, event({"error": {"message": "Out of luck."}})),
}
"""Faults after which a person decides: the cell fails with a reason."""

LIES: dict[str, Reply] = {
    "another model's name": answer("said by another", model="huge"),
    "impossible usage": answer("said by a liar", usage={"prompt_tokens": -7, "completion_tokens": "many"}),
}
"""Answers whose frills are wrong and whose text is whole."""


@dataclass
class Moody:
    """What the server does to each text, the first time that it is asked for it."""

    asked: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)

    def reply(self, seen: Seen) -> Reply:
        text = seen.body["messages"][-1]["content"]
        self.asked[text] += 1
        mood = mood_of(int(text.removeprefix("number ")))
        if self.asked[text] == 1 and mood in PASSING | LASTING:
            return (PASSING | LASTING)[mood]
        self.answered[text] += 1
        return LIES.get(mood) or answer(f"You said {text}.")


MOODS = (*PASSING, *LASTING, *LIES)


def mood_of(number: int) -> str:
    """Every seventh cell meets a fault, each of them in turn; the others are answered well."""
    return MOODS[number // 7 % len(MOODS)] if number % 7 == 0 else "well"


def text_of(number: int) -> str:
    return f"number {number}"


def of(*moods: str) -> list[str]:
    """The texts of the cells that these happen to."""
    return [text_of(number) for number in range(CELLS) if mood_of(number) in moods]


@pytest.fixture
def experiment(runner: Runner) -> Experiment:
    cases = tuple(Case(f"c{number}", {"number": str(number)}) for number in range(CELLS))
    variant = Variant("v", Prompt(user="number {{number}}"), "lab:tiny")
    made = Experiment(
        new_id(), "Faults", (variant,), cases, (Check("regex", "^(You said number {{number}}\\.|said by)"),)
    )
    runner.workspace.store.write(lambda store: store.save_experiment(made)).result(20)
    return made


def test_a_thousand_cells_end_correct_and_each_is_answered_once(
    runner: Runner, experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A minute of silence is what a person's own server may take; a test has less time.
    monkeypatch.setitem(OpenAICompatible.__init__.__kwdefaults__, "stall_seconds", STALL_SECONDS)
    moody = Moody()
    runner.server.choose(moody.reply)

    assert run(runner, experiment) == Ending()
    first = cells(runner, experiment)
    failed = {text_of(n) for n, record in enumerate(first) if record.state == "failed"}
    assert failed == set(of(*LASTING))
    reasons = {mood_of(n): record.error or record.stop_reason for n, record in enumerate(first)}
    assert not {mood for mood in LASTING if not reasons[mood]}, reasons
    assert all(is_right(record) for record in first if record.state == "done")
    assert moody.asked == Counter(map(text_of, range(CELLS))) + Counter(of(*PASSING))
    assert moody.answered == Counter(set(map(text_of, range(CELLS))) - failed)

    before = moody.asked.copy()
    assert run(runner, experiment, retry_errors=True) == Ending()
    last = cells(runner, experiment)
    assert len(last) == CELLS
    assert all(is_right(record) for record in last)
    assert moody.asked - before == Counter(failed), "what was finished was asked again"
    assert moody.answered == Counter(map(text_of, range(CELLS)))
    assert len({record.run_id for record in last}) == CELLS


def test_every_retry_can_be_seen(runner: Runner, experiment: Experiment) -> None:
    """The run of a cell that was refused says so, once for each time."""
    moody = Moody()
    runner.server.choose(moody.reply)
    limited = next(n for n in range(CELLS) if mood_of(n) == "limit")
    chosen = frozenset(record.cell for record in cells(runner, experiment)[limited : limited + 1])
    run(runner, experiment, only=chosen)
    (record,) = [one for one in cells(runner, experiment) if one.state == "done"]
    assert record.run_id is not None
    retries = runner.stored(record.run_id).details["retries"]
    assert len(retries) == 1
    assert "Slow down" in str(retries[0])


def run(runner: Runner, experiment: Experiment, **options: object) -> Ending:
    made = Options(concurrency=32, cache=False, **options)  # type: ignore[arg-type]
    return runner.workspace.experiments.start(experiment.id, lambda cell, event: None, made).done.result(100)


def cells(runner: Runner, experiment: Experiment) -> tuple[CellRecord, ...]:
    return runner.workspace.store.read(lambda store: store.cells(experiment.id)).result(20)


def is_right(record: CellRecord) -> bool:
    return bool(record.state == "done" and record.judgement and record.judgement.passed)
