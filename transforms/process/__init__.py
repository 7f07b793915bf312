"""This process: child processes that can be killed, counts of progress, the call to stop."""
