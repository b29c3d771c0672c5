"""Patterns of Python's `re`, looked at before anything is searched with them."""

from __future__ import annotations

import re
import warnings

from workbench.core.prompt import VARIABLE


def fault(pattern: str) -> str:
    """What is wrong with a pattern; empty when nothing is, or when it is one only with its variables filled in.

    Compiling takes no time; it is searching that may take for ever, which `matching` does where it can be ended.
    """
    if VARIABLE.search(pattern):
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return str(error)
    return ""
