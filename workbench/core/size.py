"""A number of bytes in words."""

from __future__ import annotations


def size_text(count: int) -> str:
    """`94 MB`, `1.4 GB`: decimal units, as file managers show them."""
    if count >= 1_000_000_000:
        return f"{count / 1e9:,.1f} GB"
    return f"{count / 1e6:,.0f} MB" if count >= 1_000_000 else f"{-(-count // 1000)} kB"
