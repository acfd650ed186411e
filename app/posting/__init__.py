"""The parts of the page on posts: what can be done with one, and everything that is known of it."""
