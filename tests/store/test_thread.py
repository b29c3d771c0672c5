"""The store threads: one after another on the writer, beside it on the reader, all done at closing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from tests.store.samples import GREETING, a_run
from workbench.errors import StoreError, UserError
from workbench.store import Changed, Store, StoreThread

WAIT = 30


@pytest.fixture
def threads(path: Path) -> Iterator[StoreThread]:
    threads = StoreThread(path)
    threads.start().result(WAIT)
    yield threads
    threads.close()


def test_what_was_written_is_read(threads: StoreThread) -> None:
    record = threads.write(lambda store: store.create_prompt("A", GREETING)).result(WAIT)
    assert threads.read(lambda store: store.prompt("A")).result(WAIT) == record


def test_a_failing_write_rolls_everything_back_and_the_next_one_works(threads: StoreThread) -> None:
    def half(store: Store) -> None:
        store.set_setting("x", 1)
        store.create_prompt("", GREETING)

    with pytest.raises(UserError):
        threads.write(half).result(WAIT)
    assert threads.read(lambda store: store.setting("x")).result(WAIT) is None
    threads.write(lambda store: store.set_setting("x", 2)).result(WAIT)
    assert threads.read(lambda store: store.setting("x")).result(WAIT) == 2


def test_listeners_hear_of_each_commit_once_and_of_no_failure(threads: StoreThread) -> None:
    heard: list[tuple[Changed, ...]] = []
    names: set[str] = set()
    threads.listen(lambda changes: (heard.append(changes), names.add(threading.current_thread().name))[0])

    def two(store: Store) -> None:
        store.set_setting("a", 1)
        store.set_setting("b", 1)
        store.set_setting("a", 2)

    threads.write(two).result(WAIT)
    with pytest.raises(UserError):
        threads.write(lambda store: store.create_prompt("", GREETING)).result(WAIT)
    threads.write(lambda store: store.prompts()).result(WAIT)
    assert heard == [(Changed("setting", "a"), Changed("setting", "b"))]
    assert names == {"store writer"}


@pytest.mark.usefixtures("expected_log")
def test_a_listener_that_fails_does_not_fail_the_write(
    threads: StoreThread, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Changed] = []
    threads.listen(lambda changes: changes[1].id)  # there is only one
    threads.listen(heard.extend)
    threads.write(lambda store: store.set_setting("a", 1)).result(WAIT)
    assert heard == [Changed("setting", "a")]
    assert "listener" in caplog.text


def test_a_question_does_not_wait_behind_a_long_write(threads: StoreThread) -> None:
    writing, asked = threading.Event(), threading.Event()

    def long(store: Store) -> None:
        store.set_setting("x", 1)
        writing.set()
        assert asked.wait(WAIT)

    write = threads.write(long)
    assert writing.wait(WAIT)
    assert threads.read(lambda store: store.setting("x")).result(WAIT) is None
    asked.set()
    write.result(WAIT)
    assert threads.read(lambda store: store.setting("x")).result(WAIT) == 1


def test_a_question_sees_one_moment(threads: StoreThread) -> None:
    def ask(store: Store) -> tuple[int, int]:
        before = len(store.runs())
        threads.write(lambda writer: writer.finish_run(a_run())).result(WAIT)
        return before, len(store.runs())

    assert threads.read(ask).result(WAIT) == (0, 0)
    assert threads.read(lambda store: len(store.runs())).result(WAIT) == 1


def test_the_reader_cannot_write(threads: StoreThread) -> None:
    with pytest.raises(StoreError):
        threads.read(lambda store: store.set_setting("x", 1)).result(WAIT)


def test_closing_does_what_is_queued_and_refuses_what_comes_after(path: Path) -> None:
    threads = StoreThread(path)
    threads.start()
    writes = [threads.write(lambda store, n=n: store.set_setting(f"s{n}", n)) for n in range(200)]
    reads = [threads.read(lambda store: store.setting("s0")) for _ in range(50)]
    threads.close()
    threads.close()
    assert all(future.done() and future.exception() is None for future in writes + reads)
    with pytest.raises(StoreError, match="closed"):
        threads.write(lambda store: None).result(WAIT)
    with Store.open(path) as store:
        assert [store.setting(f"s{n}") for n in range(200)] == list(range(200))
    assert not path.with_name("workspace.db-wal").exists()


def test_a_cancelled_write_is_not_done(threads: StoreThread) -> None:
    go = threading.Event()
    threads.write(lambda store: go.wait(WAIT))
    write = threads.write(lambda store: store.set_setting("x", 1))
    assert write.cancel()
    go.set()
    assert threads.write(lambda store: store.setting("x")).result(WAIT) is None


def _queued(threads: StoreThread, *writes: Callable[[Store], object]) -> list[Future[object]]:
    """Writes that wait together behind one that is running."""
    running, go = threading.Event(), threading.Event()
    first = threads.write(lambda _store: (running.set(), go.wait(WAIT)))
    assert running.wait(WAIT)
    futures = [threads.write(write) for write in writes]
    go.set()
    first.result(WAIT)
    return futures


def test_writes_that_wait_together_are_committed_together_and_fail_alone(threads: StoreThread) -> None:
    heard: list[tuple[Changed, ...]] = []
    threads.listen(heard.append)

    def half(store: Store) -> None:
        store.set_setting("half", 1)
        store.create_prompt("", GREETING)

    one, failing, two = _queued(
        threads, lambda store: store.set_setting("one", 1), half, lambda store: store.set_setting("two", 2)
    )
    with pytest.raises(UserError):
        failing.result(WAIT)
    one.result(WAIT)
    two.result(WAIT)
    assert heard == [(Changed("setting", "one"), Changed("setting", "two"))]
    assert threads.read(lambda store: store.setting("half")).result(WAIT) is None


def test_a_transaction_that_is_lost_fails_what_was_in_it_and_nothing_behind(threads: StoreThread) -> None:
    def lose(store: Store) -> None:
        store._database.connection.rollback()  # as SQLite does by itself on a full disk
        raise StoreError("lost")

    before, losing, behind = _queued(
        threads, lambda store: store.set_setting("before", 1), lose, lambda store: store.set_setting("behind", 1)
    )
    for future in (before, losing):
        with pytest.raises(StoreError, match="lost"):
            future.result(WAIT)
    behind.result(WAIT)
    assert threads.read(lambda store: store.setting("before")).result(WAIT) is None
    assert threads.read(lambda store: store.setting("behind")).result(WAIT) == 1


def test_writes_are_refused_while_another_program_holds_the_file(path: Path, threads: StoreThread) -> None:
    threads.write(lambda store: store._database.connection.execute("PRAGMA busy_timeout = 50")).result(WAIT)
    with Store.open(path) as other, other.transaction():
        for future in [threads.write(lambda store: store.set_setting("x", 1)) for _ in range(5)]:
            with pytest.raises(StoreError, match="in use by another program"):
                future.result(WAIT)
    threads.write(lambda store: store.set_setting("x", 1)).result(WAIT)


def test_an_opening_that_fails_fails_everything_and_closes(tmp_path: Path) -> None:
    threads = StoreThread(tmp_path)
    opened = threads.start()
    write, read = threads.write(lambda store: None), threads.read(lambda store: None)
    for future in (opened, write, read, threads.checked):
        with pytest.raises(StoreError, match="cannot be opened"):
            future.result(WAIT)
    threads.close()


def test_closing_without_having_started_is_harmless(path: Path) -> None:
    StoreThread(path).close()
    assert not path.exists()
