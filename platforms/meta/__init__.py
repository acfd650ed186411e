"""What Instagram and Threads share: Meta's errors, and publishing by containers."""
