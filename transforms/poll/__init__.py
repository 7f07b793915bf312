"""Polling addresses: what an answer comes to, and when to ask again."""
