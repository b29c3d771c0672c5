"""The number of threads follows what the processor has left for us."""

from __future__ import annotations

from itertools import pairwise

import pytest

from workbench.worker.pace import Pace


class Clock:
    """Decodes with a pace, in a time of its own."""

    def __init__(self, most: int) -> None:
        self.pace = Pace(most)
        self.now = 100.0

    def step(self, seconds: float, share: float) -> bool:
        """Decode a batch that gets this share of its threads' cores; whether the number of threads has changed."""
        changed = self.pace.tries_again(self.now)
        self.now += seconds
        return self.pace.observe(seconds, share * seconds * self.pace.threads, self.now) or changed

    def run(self, seconds: float, *, share: float, step: float = 0.01) -> list[int]:
        """Decode for a while; the numbers of threads that were set."""
        return [self.pace.threads for _ in range(round(seconds / step)) if self.step(step, share)]


def test_an_idle_machine_keeps_all_threads() -> None:
    assert Clock(8).run(30, share=0.97) == []


def test_a_hiccup_changes_nothing() -> None:
    clock = Clock(2)
    clock.run(0.04, share=1)
    assert not clock.step(0.01, 0.25)


@pytest.mark.parametrize(("most", "share", "left"), [(2, 0.5, 1), (8, 0.6, 4), (4, 0.1, 1), (2, 0.01, 1)])
def test_a_busy_machine_leaves_as_many_threads_as_there_are_cores_for_us(
    most: int, share: float, left: int
) -> None:
    assert Clock(most).run(0.1, share=share)[0] == left


def test_all_threads_are_tried_again_less_and_less_often() -> None:
    clock, tried = Clock(2), []
    while clock.now < 160:
        # Two threads are held up, one is not.
        before, step = clock.now, 0.2 if clock.pace.threads == 2 else 0.01
        if clock.step(step, 0.475 if clock.pace.threads == 2 else 0.95):
            tried.append(before)
    pauses = [later - earlier for earlier, later in pairwise(tried)][::2]
    assert all(later > earlier - 0.2 for earlier, later in pairwise(pauses))
    assert pauses[-1] > 10
    assert len(tried) < 20


def test_all_threads_are_back_soon_after_the_others_have_gone() -> None:
    clock = Clock(4)
    clock.run(0.2, share=0.4)
    assert clock.pace.threads < 4
    clock.run(2, share=0.97)
    assert clock.pace.threads == 4


def test_all_threads_are_back_at_once_after_a_pause() -> None:
    clock = Clock(2)
    clock.run(0.1, share=0.4)
    assert clock.pace.threads == 1
    clock.now += 1
    assert clock.run(0.01, share=0.97) == [2]


def test_one_thread_stays_one() -> None:
    assert Clock(1).run(5, share=0.1) == []
