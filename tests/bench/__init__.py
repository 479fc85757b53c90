"""Benchmarks: figures for this machine, never part of the tests."""
