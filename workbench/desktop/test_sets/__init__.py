"""Test sets in the window: their table, their checks, and where cases come from."""
