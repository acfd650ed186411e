"""LinkedIn, through its versioned REST API: people and organizations as authors."""
