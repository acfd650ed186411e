"""The history of the operational schema."""
