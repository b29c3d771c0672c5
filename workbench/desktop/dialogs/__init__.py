"""Sheets over the window: servers, local models, export."""
