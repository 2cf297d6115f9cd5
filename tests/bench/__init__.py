"""Benchmarks, run by `make bench`. Each compares within one run on one machine and prints ratios, never bare times."""
