"""The publishing code location; separate, so that analytics never delays a post."""
