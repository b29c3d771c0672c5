"""Prompt and test files, ours and those of other tools."""
