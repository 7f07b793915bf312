"""Questions to a lake in SQL: the views that DuckDB sees, and the formats of answers."""
