"""Texts that are no markup: their headers, and what these say of an article."""
