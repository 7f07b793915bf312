"""The care of a lake: verifying, compacting, enriching it anew, upgrading its ids."""
