"""The Threads API."""
