"""What web archives hold: their records, however damaged, and the payloads of these."""
