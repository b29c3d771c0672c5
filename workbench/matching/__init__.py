"""Whether a text matches a pattern and JSON keeps to a schema, also where either would take for ever."""
