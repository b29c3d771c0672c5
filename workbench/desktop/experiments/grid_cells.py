"""Everything that a grid knows of its cells, kept up with what streams in. No Qt, and nothing that waits.

A *place* is a case in a column: the repetitions of a cell are folded into it. What a batch of events touches is
brought up to date at once and alone: a token changes one face, a record one share, its case's flags and its
column's sums. So a batch costs what is in it, however large the experiment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from workbench.core.completion import Event
from workbench.core.experiment import Cell, CellRecord, Experiment
from workbench.core.rendering import part
from workbench.core.run import Rating
from workbench.desktop.experiments.cell_face import (
    NOT_ASKED,
    WAITING,
    Face,
    Trend,
    featured,
    live_face,
    settled_face,
    share,
)
from workbench.desktop.experiments.live_text import SHOWN, LiveText
from workbench.desktop.experiments.tally import Tally

Mode = Literal["all", "failures", "passes", "different", "errors", "worse"]
MODES: tuple[Mode, ...] = get_args(Mode)

_BITS: dict[Mode, int] = {mode: 1 << at for at, mode in enumerate(MODES)}
_TRENDS: dict[int, Trend] = {1: "better", 0: "", -1: "worse"}
_MOST_TEXTS = 50_000
"""Beginnings of answers that are kept when another experiment is shown."""
_WHOLE = 200_000
"""Characters of an answer that are still parted from their reasoning on the UI thread."""

Place = tuple[int, int]
"""A case and a column, by their positions."""


@dataclass(slots=True)
class Touched:
    """What a batch changed."""

    places: set[Place] = field(default_factory=set)
    cases: set[int] = field(default_factory=set)
    """Cases of which a record changed, so that a filter may see them differently."""
    columns: bool = False
    """Whether a column's sums changed."""


class GridCells:
    """An experiment's records, live texts and sums."""

    def __init__(
        self, experiment: Experiment, records: Iterable[CellRecord] = (), texts: Mapping[str, str] | None = None
    ) -> None:
        self.experiment = experiment
        self.width, self.repeat = len(experiment.variants), experiment.repeat
        self._cases = {case.id: at for at, case in enumerate(experiment.cases)}
        self._columns = {variant.id: at for at, variant in enumerate(experiment.variants)}
        places = len(self._cases) * self.width
        self._records: list[CellRecord | None] = [None] * (places * self.repeat)
        self._faces: list[Face | None] = [None] * places
        self._shares: list[float | None] = [None] * places
        self._trends = [0] * places
        self._flags = [0] * len(self._cases)
        self._live: dict[int, LiveText] = {}
        self._waiting: set[Cell] = set()
        self._texts = dict(texts or {})
        self._provisional: set[str] = set()
        """Runs whose text is what streamed in: its beginning may have come before anybody listened."""
        self._found: Mapping[str, str] = {}
        self._ratings: dict[str, Rating] = {}
        self.tallies = [Tally() for _ in experiment.variants]
        self.counts: dict[Mode, int] = dict.fromkeys(MODES, 0)
        """How many cases each mode shows."""
        self.baseline = 0
        self.scope: int | None = None
        """The one column that the modes look at; None is all."""
        self._fill(records)

    def _fill(self, records: Iterable[CellRecord]) -> None:
        for record in records:
            if record.state != "waiting" and (at := self._at(record.cell)) is not None:
                self._records[at] = record
                self.tallies[at // self.repeat % self.width].count(record, 1)
        for place in range(len(self._shares)):
            self._share(place)
        for case in range(len(self._flags)):
            self._sum_up(case)

    # Places

    def _at(self, cell: Cell) -> int | None:
        """Where a cell's record lies; None for a cell of another experiment."""
        case, column = self._cases.get(cell.case), self._columns.get(cell.variant)
        if case is None or column is None or not 0 <= cell.repetition < self.repeat:
            return None
        return (case * self.width + column) * self.repeat + cell.repetition

    def place(self, cell: Cell) -> Place | None:
        """The place that a cell is folded into."""
        at = self._at(cell)
        return None if at is None else divmod(at // self.repeat, self.width)

    def records(self, case: int, column: int) -> Sequence[CellRecord | None]:
        """What became of a place's repetitions."""
        at = (case * self.width + column) * self.repeat
        return self._records[at : at + self.repeat]

    def cell(self, case: int, column: int) -> Cell:
        """The cell of a place that is worth looking at first."""
        first = (case * self.width + column) * self.repeat
        live = next((at for at in range(self.repeat) if first + at in self._live), None)
        return self._cell(case, column, featured(self.records(case, column)) if live is None else live)

    def cells(self, case: int, column: int) -> Iterator[Cell]:
        """All cells of a place."""
        return (self._cell(case, column, repetition) for repetition in range(self.repeat))

    def _cell(self, case: int, column: int, repetition: int) -> Cell:
        experiment = self.experiment
        return Cell(experiment.variants[column].id, experiment.cases[case].id, repetition)

    def record(self, cell: Cell) -> CellRecord:
        """A cell's record; of one that waits an empty one."""
        at = self._at(cell)
        return (self._records[at] if at is not None else None) or CellRecord(cell)

    def live(self, cell: Cell) -> LiveText | None:
        """What streams into a cell now."""
        at = self._at(cell)
        return None if at is None else self._live.get(at)

    # What comes in

    def take(self, batch: Iterable[tuple[Cell, Event | CellRecord]]) -> Touched:
        """Bring everything up to date with what happened since the last batch."""
        touched = Touched()
        for cell, event in batch:
            if (at := self._at(cell)) is None:
                continue
            place = at // self.repeat
            self._faces[place] = None
            self._waiting.discard(cell)
            touched.places.add(divmod(place, self.width))
            if isinstance(event, CellRecord):
                self._settle(at, event)
                touched.cases.add(place // self.width)
            else:
                if (live := self._live.get(at)) is None:
                    live = self._live[at] = LiveText()
                live.take(event)
        for case in touched.cases:
            touched.columns = True
            touched.places |= {(case, column) for column in self._sum_up(case)}
        return touched

    def _settle(self, at: int, record: CellRecord) -> None:
        tally = self.tallies[at // self.repeat % self.width]
        if (old := self._records[at]) is not None:
            tally.count(old, -1)
        live = self._live.pop(at, None)
        if live is not None and record.run_id is not None:
            self._texts.setdefault(record.run_id, self._beginning(at, live.text()))
            self._provisional.add(record.run_id)
        self._records[at] = None if record.state == "waiting" else record
        tally.count(record, 1)
        self._share(at // self.repeat)

    def _beginning(self, at: int, text: str) -> str:
        """The first characters of the answer, as the store words them."""
        if len(text) > _WHOLE:
            return text[:SHOWN]
        chain = self.experiment.variants[at // self.repeat % self.width].prompt.chain_of_thought
        return part(chain, text).answer[:SHOWN]

    def set_waiting(self, cells: frozenset[Cell]) -> set[Place]:
        """The cells that a running still has in mind; the others without an answer are not asked for.

        Answers with the places that look different now.
        """
        changed = self._waiting ^ cells
        self._waiting = set(cells)
        places = {place for cell in changed if (place := self.place(cell)) is not None}
        for place in places:
            self.forget_face(*place)
        return places

    def adopt(self, before: GridCells) -> None:
        """Keep what was chosen, the texts of runs, which never change, and what streams into the same cells."""
        if len(before._texts) <= _MOST_TEXTS:
            self._texts = {**before._texts, **self._texts}
            self._provisional |= before._provisional
            self._ratings = dict(before._ratings)
        columns = [variant.id for variant in before.experiment.variants]
        scope = None if before.scope is None else self._columns.get(columns[before.scope])
        baseline = self._columns.get(columns[before.baseline], 0) if columns else 0
        if (baseline, scope) != (0, None):
            self.set_scope(baseline=baseline, scope=scope)
        if before.experiment.id == self.experiment.id and len(before._records) == len(self._records):
            self._found = before._found
            for at, live in before._live.items():
                if self._records[at] in (None, before._records[at]):
                    self._live[at] = live

    def add_texts(self, texts: Mapping[str, str]) -> None:
        """Beginnings of answers, by their runs."""
        self._texts.update(texts)
        self._provisional.difference_update(texts)

    def forget_face(self, case: int, column: int) -> None:
        """Make it again when it is asked for."""
        self._faces[case * self.width + column] = None

    def set_ratings(self, ratings: Mapping[str, Rating]) -> set[Place]:
        """What a person thinks of runs, besides what was known; the places of those runs."""
        self._ratings.update(ratings)
        rated = [
            at // self.repeat for at, record in enumerate(self._records) if record and record.run_id in ratings
        ]
        places = {divmod(place, self.width) for place in rated}
        for place in places:
            self.forget_face(*place)
        return places

    def set_found(self, found: Mapping[str, str]) -> None:
        """Runs that say what is searched for, with the stretch that says it; shown in place of the beginning."""
        self._found = found
        self._faces = [None] * len(self._faces)

    # What it looks like

    def face(self, case: int, column: int) -> Face:
        """What a place says."""
        place = case * self.width + column
        if (face := self._faces[place]) is None:
            face = self._faces[place] = self._made_face(case, column)
        return face

    def _made_face(self, case: int, column: int) -> Face:
        if self._live or self._waiting:
            cell = self.cell(case, column)
            if (live := self.live(cell)) is not None:
                return live_face(live)
            if cell in self._waiting:
                return WAITING
        records = self.records(case, column)
        record = records[featured(records)]
        if record is None:
            return NOT_ASKED
        run_id = record.run_id or ""
        text = self._found.get(run_id) or self._texts.get(run_id, "")
        trend = _TRENDS[self._trends[case * self.width + column]]
        return settled_face(records, text, trend=trend, rating=self._ratings.get(run_id))

    def text(self, case: int, column: int) -> str | None:
        """The beginning of a place's answer; None where it is not known."""
        records = self.records(case, column)
        record = records[featured(records)]
        return self._texts.get(record.run_id or "") if record else None

    def missing(self, case: int, column: int) -> str | None:
        """The run whose text is needed to show a place."""
        records = self.records(case, column)
        record = records[featured(records)]
        run_id = record.run_id if record else None
        known = run_id is None or (run_id in self._texts and run_id not in self._provisional)
        return None if known else run_id

    # Modes

    def set_scope(self, *, baseline: int, scope: int | None) -> None:
        """What the columns are compared with, and which of them the modes look at."""
        self.baseline, self.scope = baseline, scope
        self.sum_up(range(len(self._flags)))

    def sum_up(self, cases: Iterable[int]) -> None:
        """Bring these cases' flags and trends up to date."""
        for case in cases:
            self._sum_up(case)

    def is_in(self, mode: Mode, case: int) -> bool:
        """Whether a mode shows a case."""
        return bool(self._flags[case] & _BITS[mode])

    def says(self, case: int, query: str) -> bool:
        """Whether a case, or what came of it, says what is searched for; `query` is casefolded."""
        found = self.experiment.cases[case]
        own = (found.name, found.expected, *found.values.values())
        if any(query in text.casefold() for text in own):
            return True
        first = case * self.width * self.repeat
        kept = self._records[first : first + self.width * self.repeat]
        return any(self._record_says(record, query) for record in kept if record is not None)

    def _record_says(self, record: CellRecord, query: str) -> bool:
        """Whether an answer, its error or what a check did not like in it says what is searched for."""
        run_id = record.run_id or ""
        if run_id in self._found or query in self._texts.get(run_id, "").casefold():
            return True
        verdicts = record.judgement.verdicts if record.judgement else ()
        said = (record.error or "", *(verdict.reason for verdict in verdicts if not verdict.passed))
        return any(query in text.casefold() for text in said)

    def _share(self, place: int) -> None:
        first = place * self.repeat
        made = share(self._records[first : first + self.repeat])
        tally = self.tallies[place % self.width]
        tally.count_share(self._shares[place], -1)
        tally.count_share(made, 1)
        self._shares[place] = made

    def _sum_up(self, case: int) -> list[int]:
        """Bring a case's trends and flags up to date; the columns whose trend is another one now."""
        first = case * self.width
        shares = self._shares[first : first + self.width]
        base = shares[self.baseline]
        changed = []
        for column, own in enumerate(shares):
            trend = 0 if own is None or base is None else (own > base) - (own < base)
            before = self._trends[first + column]
            if trend != before:
                self.tallies[column].count_trend(before, -1)
                self.tallies[column].count_trend(trend, 1)
                self._trends[first + column] = trend
                self._faces[first + column] = None
                changed.append(column)
        self._flag(case, self._flags_of(case, shares))
        return changed

    def _flag(self, case: int, flags: int) -> None:
        before, self._flags[case] = self._flags[case], flags
        if before != flags:
            for mode, bit in _BITS.items():
                self.counts[mode] += bool(flags & bit) - bool(before & bit)

    def _flags_of(self, case: int, shares: Sequence[float | None]) -> int:
        columns = range(self.width) if self.scope is None else (self.scope,)
        looked_at = [shares[column] for column in columns]
        checked = [one for one in looked_at if one is not None]
        records = (record for column in columns for record in self.records(case, column))
        flags = _BITS["all"]
        if any(record is not None and record.state == "failed" for record in records):
            flags |= _BITS["errors"]
        if any(one < 1 for one in checked):
            flags |= _BITS["failures"]
        elif checked and not flags & _BITS["errors"]:
            flags |= _BITS["passes"]
        if any(self._trends[case * self.width + column] < 0 for column in columns):
            flags |= _BITS["worse"]
        if self._differs(case, {*columns, self.baseline}, shares):
            flags |= _BITS["different"]
        return flags

    def _differs(self, case: int, columns: set[int], shares: Sequence[float | None]) -> bool:
        """By what the checks said; where nothing was checked, by what was answered."""
        checked = {shares[column] for column in columns} - {None}
        if checked:
            return len(checked) > 1
        return len({text for column in columns if (text := self.text(case, column)) is not None}) > 1
