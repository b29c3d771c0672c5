"""Blocks of cells as spreadsheets put them on the clipboard: tabs between cells, lines between rows.

A cell with a tab or a line break in it stands in quotes, quotes in it doubled. Spreadsheets do not agree on cells
that only begin with a quote, so quotes count only where they end a cell as well: `"Yes" she said` stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

Block = tuple[tuple[str, ...], ...]

_HEADING = re.compile(r"[A-Za-z_](?:[\w .\-]{0,38}\w)?")
_UNSAFE = re.compile(r"[\t\r\n]|^\"")


def rows(text: str) -> Block:
    """The cells of a block, all rows of one length; a single text without tabs and line breaks is one cell.

    Lines without tabs are also taken apart at commas or semicolons, if their first one can only be a heading.
    """
    block = _parsed(text, "\t")
    if "\t" not in text:
        for delimiter in ",;":
            parted = _parsed(text, delimiter)
            if (
                len(parted) > 1
                and len(set(map(len, parted))) == 1
                and len(parted[0]) > 1
                and is_heading(parted[0])
            ):
                block = parted
                break
    width = max(map(len, block), default=0)
    return tuple((*row, *[""] * (width - len(row))) for row in block)


def _is_table(block: Block) -> bool:
    """Whether lines were rightly taken apart: prose has commas too, but with a space behind them."""
    head = block[0]
    even = len(block) > 1 and len(head) > 1 and all(len(row) == len(head) for row in block)
    return even and is_heading(head) and not any(name.startswith(" ") for name in head)


def is_heading(row: Sequence[str]) -> bool:
    """Whether a row can be the names of columns: short, all different, no sentences."""
    names = [cell.strip() for cell in row]
    return len(set(names)) == len(names) and all(map(_HEADING.fullmatch, names))


def text(block: Iterable[Sequence[str]]) -> str:
    """The inverse of `rows`, as a spreadsheet reads it."""
    return "".join("\t".join(map(_quoted, row)) + "\n" for row in block)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _UNSAFE.search(cell) else cell


def _parsed(text: str, delimiter: str) -> Block:
    end = rf"(?={delimiter}|\r\n|\r|\n|\Z)"
    cell = re.compile(rf'"((?:[^"]|"")*)"{end}|([^{delimiter}\r\n]*)')
    found: list[tuple[str, ...]] = []
    row: list[str] = []
    at = 0
    while at <= len(text):
        match = cell.match(text, at)
        if match is None:  # never: the second way matches nothing as well
            break
        quoted, plain = match.groups()
        row.append(plain if quoted is None else quoted.replace('""', '"'))
        at = match.end()
        if text.startswith(delimiter, at):
            at += 1
            continue
        found.append(tuple(row))
        row = []
        at += 2 if text.startswith("\r\n", at) else 1
        if at == len(text):  # a line end at the end begins no row
            break
    return tuple(found)
