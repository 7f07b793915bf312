"""`feedlake schedule`: feeds polled at their time, and what is ready published again and again."""
