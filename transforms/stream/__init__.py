"""The stream: addresses, hosts and windows in keyed state, each with its own timer."""
