"""Judging the texts that feeds give: markup or words, whole or cut, an article's or anybody's."""
