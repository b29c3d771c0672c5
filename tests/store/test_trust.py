"""Files are trusted by their path and by what they said."""

from __future__ import annotations

import pytest

from workbench.core.trust import fingerprint
from workbench.errors import NotFound
from workbench.store import Changed, Store

PATH, FIRST, SECOND = "/checks/tone.py", fingerprint(b"first"), fingerprint(b"second")


def test_a_file_is_trusted_as_it_was(store: Store) -> None:
    assert store.trust_in(PATH, FIRST) == "unknown"
    store.trust_file(PATH, FIRST)
    assert store.trust_in(PATH, FIRST) == "trusted"
    assert store.trust_in(PATH, SECOND) == "changed"
    assert store.trust_in("/elsewhere/tone.py", FIRST) == "unknown"
    assert Changed("trusted_file", PATH) in store.take_changes()


def test_trusting_it_anew_takes_the_place_of_the_old_trust(store: Store) -> None:
    store.trust_file(PATH, FIRST)
    store.trust_file(PATH, SECOND)
    assert store.trust_in(PATH, FIRST) == "changed"
    assert [(one.path, one.sha256) for one in store.trusted_files()] == [(PATH, SECOND)]


def test_trust_is_taken_back(store: Store) -> None:
    store.trust_file(PATH, FIRST)
    store.distrust_file(PATH)
    assert store.trust_in(PATH, FIRST) == "unknown"
    with pytest.raises(NotFound, match=r"tone\.py is not trusted"):
        store.distrust_file(PATH)
