"""Fixtures of the results."""

from tests.desktop.results.workspaces import bridge, server, workspace

__all__ = ["bridge", "server", "workspace"]
