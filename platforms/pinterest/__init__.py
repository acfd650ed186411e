"""Pinterest, through its API v5."""
