"""When things run: jobs, schedules and sensors, in two Dagster code locations."""
