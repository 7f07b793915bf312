"""The places that a text names, and the gazetteer that knows them."""
