"""The sidebar: everything that the workspace holds, as a tree that can be searched."""
