"""TikTok's open API v2."""
