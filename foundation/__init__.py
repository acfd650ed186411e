"""What every other package stands on: settings, the database, encryption, logging."""
