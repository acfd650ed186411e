"""The Graph API of Facebook Pages."""
