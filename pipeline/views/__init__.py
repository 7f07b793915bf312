"""What `feedlake serve` shows: its views and pages, and SQL of readers in its own process."""
