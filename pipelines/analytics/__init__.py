"""The analytics code location: ingest, models, audits, release."""
