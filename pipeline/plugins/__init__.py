"""Notifiers of other packages: telling them what a run came to, whatever they do then."""
