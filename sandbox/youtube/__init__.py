"""The YouTube Data API v3, its uploads, and the YouTube Analytics API v2."""
