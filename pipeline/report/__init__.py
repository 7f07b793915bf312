"""`feedlake report`: a day of a lake, or several, as one page in a file of its own."""
