"""Charts as SVG: bars, lines, strips of days, flows and a map of the world."""
