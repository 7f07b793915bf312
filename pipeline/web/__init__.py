"""What a lake knows of addresses, and what a run asks of the web."""
