"""The steps of the pipeline: plain functions on records, and the Beam transforms around them."""
