"""How much of a conversation a local model holds where nobody says how much."""

from __future__ import annotations

DEFAULT_CONTEXT = 8192
"""Tokens, where neither the person nor the model says otherwise."""
