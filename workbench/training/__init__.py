"""Rated runs to training files: rows, checks, formats."""
