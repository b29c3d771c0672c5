"""From rated runs to rows and pairs: who is good enough, what is told twice, what contradicts itself.

A row is made of every run that has an edited golden answer, or is rated good and ended by itself. Two rows
are of *one input* when the messages before the answer are the same after the recipe, white space aside: so
runs of two prompt versions that differ in their examples only are of one input once examples are folded away.

Pairs have three sources: a golden answer against the original; of one input, every worse-rated run against
one of the best-rated; and a person's choice between two runs. Only the choice may cross prompt versions: the
person saw two answers to one user turn, and the pair carries the system message of the better one.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from workbench.core.completion import Message
from workbench.core.run import Preference, RatedRun
from workbench.matching.matcher import Matcher
from workbench.training.answer import is_golden, learned_answer, rejected_answer
from workbench.training.asked import Asked, NoRow, row_input, take_apart
from workbench.training.recipe import Recipe, checked, is_good, standing
from workbench.training.row import Kind, Origin, Pair, Refused, Row, TrainingSet
from workbench.training.text import input_key, same_text, text_fault


def rows(
    rated: Iterable[RatedRun], preferences: Iterable[Preference] = (), recipe: Recipe | None = None
) -> TrainingSet:
    """All rows and pairs of the rated runs, and why the others gave none. Raises UserError for a bad recipe.

    Time and memory grow with the runs, not with their square.
    """
    recipe, chosen = checked(recipe or Recipe()), tuple(preferences)
    compared = {run_id for preference in chosen for run_id in (preference.better, preference.worse)}
    with closing(Matcher()) as matcher:
        curation = _Curation(recipe, matcher)
        for one in rated:
            curation.take(one, compared=one.run.id in compared)
        curation.pair_by_ratings()
        for preference in chosen:
            curation.pair_by_choice(preference)
    kept_rows = tuple(curation.settled_rows())
    kept_pairs = tuple(curation.settled_pairs())
    return TrainingSet(recipe, kept_rows, kept_pairs, tuple(curation.refused), curation.not_good)


@dataclass(slots=True)
class _Curation:
    """Rows and pairs while they are gathered."""

    recipe: Recipe
    matcher: Matcher
    """Holds answers against their prompts' schemas."""
    rows: list[Row] = field(default_factory=list)
    pairs: list[Pair] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    not_good: int = 0
    _compared: dict[str, RatedRun] = field(default_factory=dict)
    """Runs that a preference names."""
    _by_input: dict[bytes, list[RatedRun]] = field(default_factory=lambda: defaultdict(list))

    def take(self, rated: RatedRun, *, compared: bool = False) -> None:
        """Make what one run gives by itself: a row, and a pair when its answer was edited."""
        run_id, good = rated.run.id, _is_wanted(rated, self.recipe)
        if compared:
            self._compared[run_id] = rated
        self.not_good += not good
        try:
            asked = take_apart(rated.run)
            messages = row_input(rated.run, asked, self.recipe)
        except NoRow as reason:
            if good:
                self._refuse(run_id, reason, "completion")
            return
        if any(standing(rated.rating)):
            self._by_input[input_key(messages)].append(rated)
        if good:
            self._add_row(rated, asked, messages)
        if is_golden(rated):
            self._add_pair(rated, rated, "golden")

    def _add_row(self, rated: RatedRun, asked: Asked, messages: tuple[Message, ...]) -> None:
        run = rated.run
        try:
            answer = learned_answer(rated, asked.prefill, self.recipe, self.matcher)
            _check_texts((*messages, answer))
        except NoRow as reason:
            self._refuse(run.id, reason, "completion")
            return
        self.rows.append(Row(messages, answer, run.id, run.version, run.model, is_golden(rated)))

    def pair_by_ratings(self) -> None:
        """Of one input, put every worse-rated run against one of the best, taking turns among these."""
        for group in self._by_input.values():
            ranks = [standing(rated.rating) for rated in group]
            best = [rated for rated, rank in zip(group, ranks, strict=True) if rank == max(ranks)]
            worse = [rated for rated, rank in zip(group, ranks, strict=True) if _is_below(rank, max(ranks))]
            for index, rated in enumerate(worse):
                self._add_pair(best[index % len(best)], rated, "ratings")

    def pair_by_choice(self, preference: Preference) -> None:
        """Put the run that a person preferred against the other."""
        better, worse = self._compared.get(preference.better), self._compared.get(preference.worse)
        if better is None and worse is None:
            return  # of a prompt that is not exported
        if better is None or worse is None:
            lost = preference.better if better is None else preference.worse
            reason = NoRow(f"Its preference names run {lost[:8]}, which is not among the rated runs.")
            self._refuse(preference.worse if better is None else preference.better, reason, "preference")
            return
        self._add_pair(better, worse, "preference")

    def _add_pair(self, better: RatedRun, worse: RatedRun, origin: Origin) -> None:
        try:
            self.pairs.append(_pair(better, worse, origin, self.recipe, self.matcher))
        except NoRow as reason:
            self._refuse(better.run.id if better is worse else worse.run.id, reason, "preference")

    def _refuse(self, run_id: str, reason: NoRow, kind: Kind) -> None:
        self.refused.append(Refused(run_id, str(reason), kind))

    def settled_rows(self) -> Iterator[Row]:
        """The rows without repetitions, and without inputs that are answered in two ways.

        A golden answer settles a contradiction with answers that nobody edited.
        """
        heads: dict[bytes, _Head] = {}
        for row in self.rows:
            heads.setdefault(input_key(row.input), _Head(row)).meet(row)
        for row in self.rows:
            if reason := heads[input_key(row.input)].against(row):
                self._refuse(row.run_id, NoRow(reason), "completion")
            else:
                yield row

    def settled_pairs(self) -> Iterator[Pair]:
        """The pairs without repetitions, and without those that also stand the other way round."""
        first: dict[bytes, Pair] = {}
        for pair in self.pairs:
            first.setdefault(_pair_key(pair.input, pair.chosen, pair.rejected), pair)
        for pair in self.pairs:
            same = first[_pair_key(pair.input, pair.chosen, pair.rejected)]
            opposite = first.get(_pair_key(pair.input, pair.rejected, pair.chosen))
            if same is not pair:
                reason = f"Repeats the pair of run {_named(same.run_ids)}."
            elif opposite is not None:
                reason = f"Contradicts the pair of run {_named(opposite.run_ids)}, which prefers the other answer."
            else:
                yield pair
                continue
            self._refuse(pair.run_ids[-1], NoRow(reason), "preference")


@dataclass(slots=True)
class _Head:
    """What the rows of one input come down to: the row that speaks for them, and the first to object."""

    leader: Row
    """The first golden row, or the first of all."""
    rival: Row | None = None
    """The first row as good as the leader with another answer."""

    def meet(self, row: Row) -> None:
        """Take one more row of the input into account."""
        if row.golden and not self.leader.golden:
            self.leader, self.rival = row, None
        elif self.rival is None and row.golden == self.leader.golden and not _same_answer(row, self.leader):
            self.rival = row

    def against(self, row: Row) -> str | None:
        """Why a row is not wanted; None when it is."""
        same = _same_answer(row, self.leader)
        if self.leader.golden and not row.golden:
            return f"{'Repeats' if same else 'Contradicts'} the golden answer of run {self.leader.run_id}."
        if self.rival is not None:
            other = self.rival if same else self.leader
            return f"Contradicts run {other.run_id}: one input, two different answers. Keep the better one."
        return None if row is self.leader else f"Repeats run {self.leader.run_id}."


def _same_answer(one: Row, other: Row) -> bool:
    return same_text(one.answer) == same_text(other.answer)


def _pair(better: RatedRun, worse: RatedRun, origin: Origin, recipe: Recipe, matcher: Matcher) -> Pair:
    asked = take_apart(better.run)
    asked_worse = take_apart(worse.run)
    if input_key((asked.user,)) != input_key((asked_worse.user,)):
        raise NoRow(f"It was compared with run {better.run.id}, which answered another user turn.")
    chosen = learned_answer(better, asked.prefill, recipe, matcher)
    rejected = rejected_answer(worse.run, asked_worse.prefill, recipe)
    if same_text(chosen) == same_text(rejected):
        raise NoRow("The chosen and the rejected answer are the same in this recipe.")
    messages = row_input(better.run, asked, recipe)
    _check_texts((*messages, chosen, rejected))
    ids = (better.run.id,) if better is worse else (better.run.id, worse.run.id)
    return Pair(messages, chosen, rejected, ids, better.run.version, better.run.model, origin)


def _is_wanted(rated: RatedRun, recipe: Recipe) -> bool:
    """Whether a run should give a row: edited, saved as golden as it is, or rated good."""
    approved = rated.rating.golden is not None and rated.rating.verdict != "bad"
    return is_golden(rated) or approved or is_good(rated.rating, recipe)


def _is_below(rank: tuple[int, int], best: tuple[int, int]) -> bool:
    """Worse by verdict, or by score where both have one."""
    return rank[0] < best[0] or (rank[0] == best[0] and 0 < rank[1] < best[1])


def _check_texts(messages: tuple[Message, ...]) -> None:
    for message in messages:
        if fault := text_fault(message.content) or text_fault(message.reasoning):
            raise NoRow(fault)


def _pair_key(messages: tuple[Message, ...], chosen: Message, rejected: Message) -> bytes:
    texts = "\0".join((*same_text(chosen), "\1", *same_text(rejected)))
    return hashlib.sha256(input_key(messages) + texts.encode("utf-8", "surrogatepass")).digest()


def _named(run_ids: tuple[str, ...]) -> str:
    return " and ".join(run_ids)
