"""When posts go out: queues, recurrences, campaigns, and the clock on the wall that they all follow."""
