"""The figures we promise, measured on the real processes."""
