"""What is put aside of the cache, and what goes when there is too much of it."""

from __future__ import annotations

from workbench.worker.shelf import Aside, Shelf


def aside(start: int, length: int, *, tuned: bool = False) -> Aside:
    return Aside(list(range(start, start + length)), ((1, 1.0),) if tuned else (), bytearray(b"state"))


def test_the_least_recently_put_there_goes_first_and_never_is_it_more_than_it_may_be() -> None:
    shelf = Shelf(100)
    old, middle, young = aside(0, 40), aside(1000, 40), aside(2000, 50)
    for one in (old, middle, young):
        shelf.put(one)
    assert list(shelf) == [middle, young]
    assert shelf.takes(100)
    assert not shelf.takes(101)


def test_what_was_taken_and_put_back_is_the_youngest() -> None:
    shelf = Shelf(100)
    old, young = aside(0, 40), aside(1000, 40)
    shelf.put(old)
    shelf.put(young)
    shelf.take(old)
    shelf.put(old)
    shelf.put(aside(2000, 40))
    assert old in list(shelf)
    assert young not in list(shelf)


def test_a_longer_one_takes_the_place_of_its_own_beginning_unless_adapters_differ() -> None:
    shelf = Shelf(100)
    short, tuned, long = aside(0, 10), aside(0, 10, tuned=True), aside(0, 20)
    for one in (short, tuned, long):
        shelf.put(one)
    assert list(shelf) == [tuned, long]
