"""The pages that feed entries lead to."""
