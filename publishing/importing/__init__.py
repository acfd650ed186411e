"""Posts that were written in files: tables (CSV) of many, and one in full (YAML or JSON)."""
