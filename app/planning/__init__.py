"""Parts of the page Plan, and of the composer's choice of when."""
