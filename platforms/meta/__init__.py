"""What Facebook, Instagram and Threads share: errors, Facebook Login, lists, and publishing by containers."""
