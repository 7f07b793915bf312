"""What the operator decides: the options, their types, and the records they become."""
