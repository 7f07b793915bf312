"""Links as feeds, lists and headers write them, mended and made absolute."""
