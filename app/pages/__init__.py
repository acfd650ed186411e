"""The pages; each calls warehouse, publishing and identity, and draws what they answer."""
