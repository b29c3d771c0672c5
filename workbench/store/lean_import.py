"""Imports sqlite-utils without numpy and pandas, which it takes along wherever they are installed.

It only uses them to guess column types from their numbers, which nothing here has; they would cost every start of
the program up to 90 MB and a tenth of a second and more.
"""

from __future__ import annotations

import sys

_HEAVY = ("numpy", "pandas")

if "sqlite_utils" not in sys.modules:
    _absent = [name for name in _HEAVY if name not in sys.modules]
    for _name in _absent:
        sys.modules[_name] = None  # type: ignore[assignment]  # an import of it now says that it is not there
    try:
        import sqlite_utils  # noqa: F401 - imported for later importers
    finally:
        for _name in _absent:
            del sys.modules[_name]
