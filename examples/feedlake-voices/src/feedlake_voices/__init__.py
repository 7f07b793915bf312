"""An example of plugins for feedlake."""
