"""Known defects, planted in small images: the strict machine must find them and pass their clean twins."""
