"""The KV cache as branches that share their beginnings.

A branch is a sequence of llama.cpp with the tokens that are in the cache for it. All branches live in one unified
cache, where a copy of a beginning costs no memory and no time: the cells get one more user. A branch is live while
an answer grows on it and rests afterwards, so that a later prompt can begin with what it has in common with it.
Attention looks at every cell in use, also at those that it then masks: 200 of them cost a small model 4% of its
speed. Therefore only the last branch to rest keeps its answer, and only until the next prompt begins, which may go
on from it; the others keep their prompts. When a prompt begins, those that rest beside it are put on a shelf, the
least recently used first, until few are left; one of which others have most stays, and one that has little of its
own goes. Resting branches are dropped when cells or numbers are short, and beyond a quarter of the cache.

A beginning can also be taken out and put back as bytes, which is how `prefix_store` keeps it on disk. One that
several prompts had is offered for that when its last branch is dropped, because work that goes on without a pause
would not leave it here until there is one.

What recurrent, hybrid and sliding-window models remember cannot be copied or taken back in part: their resting
branches serve only a prompt that goes on where they end.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable
from itertools import chain

import llama_cpp

from workbench.worker.adapters import NONE, Applied
from workbench.worker.cells import Cells
from workbench.worker.shelf import Aside, Shelf

_STRIDE = 64

_FEW = 256
"""Cells beside those at work that nobody notices."""

_SOON_DECODED = 64
"""Tokens that are not worth being put aside."""

_PART_ASIDE, _MOST_ASIDE = 4, 2048
"""What is put aside may have a quarter of the cache's tokens, beside it, and never more than these."""


class Branch:
    """A sequence of the cache."""

    def __init__(self, number: int, tokens: list[int], adapters: Applied = NONE) -> None:
        self.number = number
        """What llama.cpp calls it."""
        self.adapters = adapters
        """Those it was computed with; only branches with the same ones share."""
        self.tokens = tokens
        """Those in the cache and then those that will be, while it is live: the list of the answer itself."""
        self.cells: list[int] = []
        self.common = 0
        """How many of its first tokens another prompt has in common with it, at most."""

    @property
    def length(self) -> int:
        """How many of the tokens are in the cache."""
        return len(self.cells)


class Cache:
    """All branches of a context."""

    def __init__(self, context: int, *, cells: int, numbers: int, reuses: bool, divides: bool) -> None:
        """`reuses`: branches rest and serve later prompts; `divides`: also with a part of what they hold."""
        self._context = context
        self._memory = llama_cpp.llama_get_memory(context)
        self._cells = Cells(cells)
        self._numbers = list(range(numbers))
        self._reuses = reuses
        self.divides = divides
        self._live: dict[int, Branch] = {}
        self._resting: dict[int, Branch] = {}  # the least recently used first
        self._shelf = Shelf(min(cells // _PART_ASIDE, _MOST_ASIDE) if reuses and divides else 0)
        self._answer: tuple[Branch, int] | None = None
        """The resting branch that still has its answer, and the length of its prompt."""
        self.leaving: Callable[[Branch, int], None] | None = None
        """Hears of a beginning that several prompts had, and its length, before its last branch is dropped."""

    @property
    def free(self) -> int:
        """Cells that nobody uses."""
        return self._cells.free

    @property
    def unclaimed(self) -> int:
        """Cells that no live branch uses."""
        return self._cells.count - len(set(chain.from_iterable(b.cells for b in self._live.values())))

    def shared(self, tokens: list[int], adapters: Applied = NONE) -> tuple[int, int]:
        """How many of these tokens live branches have in the cache now, and how many they soon will."""
        if not (self._reuses and self.divides):
            return 0, 0
        most = len(tokens) - 1
        now = soon = 0
        for branch in self._live.values():
            if branch.adapters != adapters:
                continue
            common = shared_length(tokens, branch.tokens, most)
            now, soon = max(now, min(common, branch.length)), max(soon, common)
        return now, soon

    def begin(self, tokens: list[int], adapters: Applied = NONE) -> Branch:
        """A live branch for these tokens, with all that another one has in common with them.

        The last token is left out in any case: its output is what the next one is chosen from. There must be fewer
        live branches than numbers.
        """
        self._fetch(tokens, adapters)
        source, common = self._nearest(tokens, adapters)
        if source and source.number in self._resting and common == source.length:
            branch = self._resting.pop(source.number)
            self._forget_answer_of(branch)
            branch.tokens = tokens
        else:
            if source and source.number in self._resting:
                self._resting[source.number] = self._resting.pop(source.number)
            branch = Branch(self._free_number(), tokens, adapters)
            if source and common:
                llama_cpp.llama_memory_seq_cp(self._memory, source.number, branch.number, 0, common)
                branch.cells = source.cells[:common]
                self._cells.share(branch.cells)
            self._cut_answer()
        if source and common:
            source.common = max(source.common, common)
            branch.common = max(branch.common, common)
        self._live[branch.number] = branch
        self._thin()
        return branch

    def held(self, tokens: list[int], adapters: Applied) -> int:
        """How many of these tokens a branch could begin with."""
        return max(self._nearest(tokens, adapters)[1], self._aside(tokens, adapters)[1])

    def resting_prompts(self) -> list[tuple[Branch, list[int]]]:
        """The branches that rest, each with what it holds of its prompt."""
        answer, length = self._answer or (None, 0)
        return [(b, b.tokens[:length] if b is answer else b.tokens) for b in self._resting.values()]

    def on_shelf(self) -> list[Aside]:
        """What rests outside of the cache."""
        return list(self._shelf)

    def state(self, branch: Branch, length: int) -> bytearray | None:
        """What llama.cpp holds of a branch's beginning; None when there is no number to copy it to."""
        if branch.length == length:
            return self._state_of(branch.number)
        if not self._numbers:
            return None
        number = self._numbers[-1]
        llama_cpp.llama_memory_seq_cp(self._memory, branch.number, number, 0, length)
        state = self._state_of(number)
        llama_cpp.llama_memory_seq_rm(self._memory, number, -1, -1)
        return state

    def _state_of(self, number: int) -> bytearray | None:
        state = bytearray(llama_cpp.llama_state_seq_get_size(self._context, number))
        written = llama_cpp.llama_state_seq_get_data(self._context, _native(state), len(state), number)
        return state if written == len(state) else None

    def restore(self, tokens: list[int], adapters: Applied, state: bytearray) -> bool:
        """Let a beginning rest whose state was kept; returns whether llama.cpp took it."""
        if not self.make_room(len(tokens)):
            return False
        branch = Branch(self._free_number(), list(tokens), adapters)
        if not llama_cpp.llama_state_seq_set_data(self._context, _native(state), len(state), branch.number):
            llama_cpp.llama_memory_seq_rm(self._memory, branch.number, -1, -1)
            self._numbers.append(branch.number)
            return False
        self.extend(branch, len(tokens))
        self._resting[branch.number] = branch
        return True

    def make_room(self, count: int) -> bool:
        """Drop resting branches until so many cells are free; returns whether they are."""
        while self.free < count and self._resting:
            self._drop_oldest()
        return self.free >= count

    def extend(self, branch: Branch, count: int) -> None:
        """Note that so many more tokens of a branch are decoded."""
        branch.cells += self._cells.take(count)

    def cut(self, branch: Branch, length: int) -> bool:
        """Take the tokens from this place on out of the cache; returns whether the others could be kept."""
        kept = bool(llama_cpp.llama_memory_seq_rm(self._memory, branch.number, length, -1))
        if not kept:
            llama_cpp.llama_memory_seq_rm(self._memory, branch.number, -1, -1)
            length = 0
        self._cells.release(branch.cells[length:])
        del branch.cells[length:]
        return kept

    def rest(self, branch: Branch, prompt_length: int) -> None:
        """Keep a branch whose answer has ended, for as long as there is room."""
        if not self._reuses or not branch.length:
            self.drop(branch)
            return
        self._cut_answer()
        self._answer = (branch, prompt_length) if branch.length > prompt_length else None
        del self._live[branch.number]
        branch.tokens = branch.tokens[: branch.length]
        self._resting[branch.number] = branch
        while len(self._resting) > 1 and self._resting_cells() > self._cells.count // 4:
            self._drop_oldest()

    def drop(self, branch: Branch) -> None:
        """Forget a branch."""
        self._forget_answer_of(branch)
        (self._live if branch.number in self._live else self._resting).pop(branch.number)
        llama_cpp.llama_memory_seq_rm(self._memory, branch.number, -1, -1)
        self._cells.release(branch.cells)
        branch.cells = []
        self._numbers.append(branch.number)

    def _thin(self) -> None:
        """Take what rests out of the cache, the least recently used first, until it costs nobody anything."""
        excess = self._resting_cells() - _FEW
        for branch in list(self._resting.values()) if self.divides else ():
            if excess <= 0:
                return
            alone = self._cells.alone(branch.cells)
            if alone < _SOON_DECODED or self._put_aside(branch, alone):
                self._offer(branch)
                self.drop(branch)
                excess -= alone

    def _put_aside(self, branch: Branch, alone: int) -> bool:
        """Put a branch on the shelf, unless others have most of it anyway; returns whether it is there."""
        if 2 * alone < branch.length or not self._shelf.takes(branch.length):
            return False
        if state := self._state_of(branch.number):
            self._shelf.put(Aside(branch.tokens[: branch.length], branch.adapters, state))
        return bool(state)

    def _fetch(self, tokens: list[int], adapters: Applied) -> None:
        """Put back what was put aside of these tokens, when it is much more than the cache has."""
        aside, length = self._aside(tokens, adapters)
        if aside and length >= self._nearest(tokens, adapters)[1] + _SOON_DECODED:
            self._shelf.take(aside)
            self.restore(aside.tokens, adapters, aside.state)

    def _aside(self, tokens: list[int], adapters: Applied) -> tuple[Aside | None, int]:
        found = [
            (shared_length(tokens, one.tokens, len(one.tokens)), one)
            for one in self._shelf
            if one.adapters == adapters
        ]
        length, aside = max(found, key=lambda one: one[0], default=(0, None))
        return aside, length

    def _cut_answer(self) -> None:
        """Let the answer that was kept go: nobody went on from it."""
        if self.divides and self._answer:
            self.cut(*self._answer)
        self._answer = None

    def _forget_answer_of(self, branch: Branch) -> None:
        if self._answer and self._answer[0] is branch:
            self._answer = None

    def _drop_oldest(self) -> None:
        oldest = next(iter(self._resting.values()))
        self._offer(oldest)
        self.drop(oldest)

    def _offer(self, branch: Branch) -> None:
        length = min(branch.common, branch.length)
        if self.leaving and length and not self._is_held_elsewhere(branch, length):
            self.leaving(branch, length)

    def _is_held_elsewhere(self, branch: Branch, length: int) -> bool:
        others = (one for one in chain(self._live.values(), self._resting.values()) if one is not branch)
        return any(
            other.length >= length
            and other.adapters == branch.adapters
            and other.tokens[:length] == branch.tokens[:length]
            for other in others
        )

    def _free_number(self) -> int:
        # A resting branch may have been the source of what is copied next: it was made the youngest just before.
        if not self._numbers:
            self._drop_oldest()
        return self._numbers.pop()

    def _resting_cells(self) -> int:
        return self.unclaimed - self.free

    def _nearest(self, tokens: list[int], adapters: Applied) -> tuple[Branch | None, int]:
        """The branch with the longest common beginning in the cache, and its length."""
        best: Branch | None = None
        longest, most = 0, len(tokens) - 1
        for branch in self._candidates():
            if branch.adapters != adapters:
                continue
            common = shared_length(tokens, branch.tokens, min(most, branch.length))
            if common > longest and (self.divides or common == branch.length):
                best, longest = branch, common
        return best, longest

    def _candidates(self) -> Iterable[Branch]:
        """Resting ones first: one that is continued needs no number of its own."""
        live = self._live.values() if self.divides else ()
        return chain(self._resting.values(), live) if self._reuses else ()


def _native(state: bytearray) -> ctypes.Array[ctypes.c_uint8]:
    """The same bytes for llama.cpp: they may be hundreds of megabytes, and a copy would take as much again."""
    return (ctypes.c_uint8 * len(state)).from_buffer(state)


def shared_length(one: list[int], other: list[int], most: int) -> int:
    """Length of the common beginning, at most `most`."""
    most = min(most, len(one), len(other))
    at = 0
    while at < most and one[at : at + _STRIDE] == other[at : at + _STRIDE]:
        at += _STRIDE
    while at < most and one[at] == other[at]:
        at += 1
    return min(at, most)
