"""What months, weekdays and time zones are called."""
