"""Prompt Workbench: edit a prompt, run it anywhere, see which is better, export what is good."""

__version__ = "0.1.0"
