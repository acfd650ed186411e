"""TikTok, through its open API v2."""
