"""One change at a time to a verified image: which the strict machine notices, and by what. Floor 7."""
