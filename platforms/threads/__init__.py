"""Threads, through its API."""
