"""What the settings pages share."""
