"""A mailbox for every address: mail comes in by SMTP or as to Mailgun, and a page shows it."""
