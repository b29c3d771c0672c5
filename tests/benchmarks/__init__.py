"""The budgets of the design, measured as ratios within one run; `make bench` writes BENCHMARKS.md."""
