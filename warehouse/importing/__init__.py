"""History from files: posts and followers of a time before AllIN, or of accounts it is not connected to."""
