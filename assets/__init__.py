"""What is computed, as Dagster assets: raw answers, models, predictions, audits, the release."""
