"""Experiments in the window: the page of one, its grid of answers, a cell in detail, blind votes, the verdict."""
