"""Telling pages that hold no article: bot challenges, consent walls, logins, soft 404s."""
