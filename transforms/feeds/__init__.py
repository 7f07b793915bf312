"""The bytes of a feed, a sitemap or an OPML list, read into entries."""
