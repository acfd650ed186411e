"""Instagram's professional accounts, through the Instagram Platform with either of its two logins."""
