"""LinkedIn as one of the stand-in networks: what Microsoft Learn says of its versioned REST API."""
