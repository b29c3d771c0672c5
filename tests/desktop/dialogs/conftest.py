"""Fixtures of the dialogs."""

from tests.desktop.results.workspaces import bridge, server, workspace

__all__ = ["bridge", "server", "workspace"]
