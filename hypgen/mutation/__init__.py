"""One change at a time to verified images: which the strict machine notices, and by what. Floor 8."""
