"""Measurements: ratios of one run, medians of interleaved turns. `python -m tests.speed`."""
