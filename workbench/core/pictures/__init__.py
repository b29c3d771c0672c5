"""Pictures of an experiment: pure functions from figures to SVG text, without Qt and without a drawing library."""
