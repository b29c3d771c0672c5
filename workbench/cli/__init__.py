"""The command line: one module a subcommand."""

from workbench.cli.command_line import main

__all__ = ["main"]
