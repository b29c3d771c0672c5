"""Values and pure functions of the field; the standard library only."""
