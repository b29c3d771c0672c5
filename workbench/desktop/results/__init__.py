"""Answers side by side, and every run ever made."""

from workbench.desktop.results.panel import ResultsPanel

__all__ = ["ResultsPanel"]
