"""Why an address, id or file is in the lake, or not."""
