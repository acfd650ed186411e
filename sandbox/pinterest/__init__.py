"""Pinterest as one of the stand-in networks: what its OpenAPI document of the API v5 says."""
