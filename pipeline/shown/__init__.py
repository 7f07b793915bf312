"""How values look to people: numbers, times, sizes, and the names of countries and languages."""
