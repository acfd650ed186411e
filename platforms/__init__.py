"""The networks: one folder each, the same files in each."""
