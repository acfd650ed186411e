"""SQL for analysts, safe between tenants: an organization's own copy of the marts, the bounded process its
people's SQL runs in, and the mirror in PostgreSQL with its reader roles.
"""
