"""Files of every format, read into documents."""
