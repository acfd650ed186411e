"""The settings pages: the organization, its people and keys, and what is one's own."""
