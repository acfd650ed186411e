"""People, organizations, brands, roles and sign-in sessions."""
