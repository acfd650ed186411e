"""What the page Releases is made of."""
