"""Places beyond this machine: whether they can be had, and which files a SOURCE means there."""
