"""The X API v2."""
