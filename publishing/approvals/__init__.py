"""Who approves a brand's posts, and how a post gets from submitted to scheduled."""
