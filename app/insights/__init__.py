"""What the pages of numbers share: the filters, the release they stand on, tables of accounts and posts."""
