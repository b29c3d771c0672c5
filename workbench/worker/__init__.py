"""The child process that owns llama.cpp; it talks JSON lines and may die alone."""
