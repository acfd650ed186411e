"""What the page Data health is made of."""
