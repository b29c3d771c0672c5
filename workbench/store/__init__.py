"""SQLite: the one file of a workspace, and the only place where SQL is written."""
