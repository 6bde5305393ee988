"""String functions that take patterns (10.3.4.3)."""
