"""Where models run: OpenAI-compatible servers, a local GGUF through the worker, an echo for tests."""
