"""Draws the pictures of the benchmarks' pages."""
