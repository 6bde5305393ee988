"""Measurements of what a person or a host waits for. Run with `python -m benchmarks`; nothing here is a test."""
