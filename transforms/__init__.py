"""The steps of feedlake: plain functions on records, and the Beam transforms around them."""
