"""One polite HTTP client: limits of hosts, robots.txt, public addresses only."""
