"""The `allin` command."""
