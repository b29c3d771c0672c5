"""Fixtures of the experiments' pages."""

from tests.desktop.results.workspaces import bridge, server, workspace

__all__ = ["bridge", "server", "workspace"]
