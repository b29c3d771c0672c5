"""What the store brings into every start of the program."""

from __future__ import annotations

import subprocess
import sys


def test_the_store_takes_neither_numpy_nor_pandas_along() -> None:
    code = "import sys, workbench.store; print(sorted({'numpy', 'pandas'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_both_can_be_imported_afterwards() -> None:
    code = "import workbench.store, numpy; print(numpy.arange(3).sum())"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "3"
