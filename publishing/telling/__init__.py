"""Telling people and programs what happened: in the app, by e-mail and signed webhooks, from the outbox."""
