"""Small helpers of the pages: words, numbers, times, charts."""
