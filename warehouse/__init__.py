"""The lake: raw answers landed, audited, released, and read back as one consistent release."""
