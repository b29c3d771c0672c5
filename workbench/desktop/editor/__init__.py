"""The prompt editor and its panels: compose, see what is sent, keep versions, fill in variables."""
