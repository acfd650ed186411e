"""History from files: what the page and the command line share, and the parts of the page."""
