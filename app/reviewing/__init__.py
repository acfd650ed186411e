"""What the pages show of approvals: a post that waits, what is said about it, and the buttons to decide."""
