"""The life of a post: compose, schedule, claim, send exactly once, reconcile."""
