"""The HTTP API under ``/api/v1``, with its documentation under ``/api/docs``."""
