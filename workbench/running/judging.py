"""Judging an experiment's answers: what can be computed in a thread, and what has to be asked on the loop.

Everything here belongs to the loop's thread. Where an answer is judged
- Checks that only compute run in a thread, and the cell's request keeps its place in the lane meanwhile.
- Checks that ask a server's model or a Python file are awaited beside the lane: the cell is told of as answered,
  its verdict follows.
- Checks that ask a model of this machine, or compare with another column, come last, when the lanes are done: a
  model is loaded once and never beside the one that answers, and the other column has its answers.

A verdict is stored when it is whole. So a program that dies leaves answers without one, which the next start
judges; the judges' own answers are kept as they come, so that none is asked for twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from typing import Any

from workbench.core import check as checks
from workbench.core import rendering
from workbench.core.asked_checks import ASKED, column_of
from workbench.core.case import Case
from workbench.core.check import Check, Judgement, Measured, Subject, Undecided, Verdict
from workbench.core.experiment import Cell, CellRecord, Experiment, checks_of
from workbench.core.model_reference import parse
from workbench.core.run import Run
from workbench.errors import MissingVariables
from workbench.running.asking import Asking, Stopped
from workbench.running.checks import Checker
from workbench.running.embedding import Embeddings
from workbench.running.experiment_plan import variant_named
from workbench.running.judges import Inquiry, Judges
from workbench.running.local_turns import LocalTurns
from workbench.running.python_checks import PythonChecks
from workbench.store import Store, StoreThread

BESIDE = 64
"""Answers that are judged beside the lanes at a time; the lanes wait when there are more."""

LAST_AT_ONCE = 1_000
"""Answers in hand when those that come last are judged: so many a model is asked before the next one is loaded."""

Told = Callable[[CellRecord], None]
"""Called with a cell's record: without a judgement as soon as judges are asked, and with it in the end."""


class Judging:
    """Judges the answers of one running of an experiment."""

    def __init__(
        self,
        experiment: Experiment,
        checker: Checker,
        *,
        asking: Asking,
        embeddings: Embeddings,
        programs: PythonChecks,
        store: StoreThread,
        tell: Told,
    ) -> None:
        self._experiment = experiment
        self._cases = {case.id: case for case in experiment.cases}
        self._checker = checker
        self._judges = Judges(asking)
        self._asking = asking
        self._embeddings = embeddings
        self._programs = programs
        self._store = store
        self._tell = tell
        self._beside = asyncio.Semaphore(BESIDE)
        self._last: list[CellRecord] = []
        self._turns: LocalTurns | None = None
        """None while the lanes go on, which are all that may load a model then."""
        self._others: Mapping[Cell, CellRecord] = {}

    @property
    def given_up(self) -> Mapping[str, str]:
        """Judges that could not answer at all, with the reason."""
        return self._judges.given_up

    def wants(self, record: CellRecord, *, again: bool) -> bool:
        """Whether an answer lacks its verdict; with `again` also where one could not be had by asking."""
        if record.state != "done" or record.judgement is None:
            return record.state == "done"
        verdicts = zip(self._checks(record.cell), record.judgement.verdicts, strict=False)
        return again and any(check.kind in ASKED and not verdict.decided for check, verdict in verdicts)

    async def take(self, record: CellRecord, run: Run, beside: asyncio.TaskGroup) -> None:
        """Judge an answer now, beside the lanes in a task of this group, or put it aside for `finish`."""
        asked = [one for one in self._checks(record.cell) if one.kind in ASKED]
        if not asked:
            await self._judge(record, run)
            return
        self._tell(record)
        if any(map(_comes_last, asked)):
            self._last.append(record)
            return
        await self._beside.acquire()
        beside.create_task(self._judge_beside(record, run))

    async def finish(self, unload: Callable[[str], Awaitable[None]], loaded: str) -> None:
        """Judge what was put aside; `loaded` is the local model that the lanes left in memory, if any."""
        if not self._last or self._asking.is_stopped():
            return
        self._turns = LocalTurns(unload, loaded)
        self._others = await self._answers_of_others()
        slots = asyncio.Semaphore(LAST_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for record in self._last:
                await slots.acquire()
                if self._asking.is_stopped():
                    return
                tasks.create_task(self._judge_last(record, slots))

    async def _answers_of_others(self) -> Mapping[Cell, CellRecord]:
        """Every cell, where a check compares with another column."""
        if not any(column_of(one) for record in self._last for one in self._checks(record.cell)):
            return {}
        # Asked of the writer, in whose queue the last answers may still be; answers out of the cache come fast.
        asked = self._store.write(lambda store: store.cells(self._experiment.id))
        return {record.cell: record for record in await asyncio.wrap_future(asked)}

    async def _judge_beside(self, record: CellRecord, run: Run) -> None:
        try:
            await self._judge(record, run)
        finally:
            self._beside.release()

    async def _judge_last(self, record: CellRecord, slots: asyncio.Semaphore) -> None:
        try:
            await self._judge(record, await self.stored(record.run_id or ""))
        finally:
            slots.release()

    async def stored(self, run_id: str) -> Run:
        """A run of the store."""
        rated = await self._read(lambda store: store.run(run_id))
        run: Run = rated.run
        return run

    # One answer

    async def _judge(self, record: CellRecord, run: Run) -> None:
        """Judge an answer, store the verdict and tell of it; without one where it must wait for a resume."""
        try:
            judgement = await self._judgement(record.cell, run)
        except Stopped:
            return
        cell = record.cell
        await asyncio.wrap_future(
            self._store.write(lambda store: store.judge_cell(self._experiment.id, cell, judgement))
        )
        self._tell(replace(record, judgement=judgement))

    async def _judgement(self, cell: Cell, run: Run) -> Judgement:
        case, kept = self._cases[cell.case], self._checks(cell)
        subject = subject_of(case, run)
        plain = [one for one in kept if one.kind not in ASKED]
        computed = iter((await asyncio.to_thread(self._checker.judge, plain, subject)).verdicts)
        verdicts = [
            await self._asked(one, subject, run, cell) if one.kind in ASKED else next(computed) for one in kept
        ]
        return checks.together(kept, verdicts, pass_score=case.pass_score)

    async def _asked(self, check: Check, subject: Subject, run: Run, cell: Cell) -> Verdict:
        """The verdict of a check that has to be asked. Raises Stopped."""
        if column_of(check) and self._variant(column_of(check)) == cell.variant:
            return Verdict(True, 1.0, "This is the column that the others are compared with.")
        try:
            other = await self._other(check, cell)
            value = checks.filled(check, subject)
            inquiry = Inquiry(check, value, subject, run, cell, other, self._title(column_of(check)))
            async with self._turn(check):
                measured = await self._ask(inquiry)
        except (MissingVariables, Undecided) as error:
            return checks.undecided(error)
        return checks.decided(check, ASKED[check.kind], measured)

    async def _ask(self, inquiry: Inquiry) -> Measured:
        match inquiry.check.kind:
            case "judge":
                return await self._judges.one(inquiry)
            case "judge_pair":
                return await self._judges.pair(inquiry)
            case "embedding":
                return await self._embeddings.measure(inquiry)
            case _:
                return await self._programs.measure(inquiry, self._cases[inquiry.cell.case])

    def _turn(self, check: Check) -> AbstractAsyncContextManager[None]:
        model = local_model(check)
        return self._turns.of(model) if self._turns and model else nullcontext()

    async def _other(self, check: Check, cell: Cell) -> Run | None:
        """The other column's answer to the same case. Raises Undecided, and Stopped while it has none yet."""
        if not (column := column_of(check)):
            return None
        variant = self._variant(column)
        record = self._others.get(Cell(variant, cell.case, cell.repetition))
        if record is None or record.state == "waiting":
            raise Stopped
        if record.state == "failed" or not record.run_id:
            raise Undecided(f"The column {column} has no answer to compare with: {record.error or 'it failed.'}")
        return await self.stored(record.run_id)

    def _variant(self, column: str) -> str:
        return variant_named(self._experiment, column)

    def _title(self, column: str) -> str:
        known = self._variant(column) if column else ""
        return next((one.title for one in self._experiment.variants if one.id == known), "")

    def _checks(self, cell: Cell) -> tuple[Check, ...]:
        return checks_of(self._experiment, self._cases[cell.case])

    async def _read(self, ask: Callable[[Store], Any]) -> Any:
        return await asyncio.wrap_future(self._store.read(ask))


def subject_of(case: Case, run: Run) -> Subject:
    """A run as the answer to a case, as checks look at it."""
    return Subject(
        text=rendering.part(run.prompt.chain_of_thought, run.text).answer,
        expected=case.expected,
        values=case.values,
        latency_ms=run.timings.total_ms,
        cost=run.cost,
        tokens=run.usage.completion_tokens if run.usage else None,
    )


def local_model(check: Check) -> str:
    """The model of this machine that a check asks; empty for none."""
    model = str(check.value.get("model", "")) if check.kind in ASKED else ""
    return model if model and parse(model).place in ("starter", "local") else ""


def _comes_last(check: Check) -> bool:
    return bool(local_model(check) or column_of(check))
