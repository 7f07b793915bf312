"""What each document is: an article, a revision, a duplicate, or already in the lake."""
