"""GGUF files: what they are, where they lie, what they need."""
