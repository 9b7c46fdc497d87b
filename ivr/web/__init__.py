"""One blueprint per kind of caller; its guard is attached where it is registered."""
