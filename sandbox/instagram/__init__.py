"""The Instagram Platform: Instagram's own login, and the same edges under Facebook's host."""
