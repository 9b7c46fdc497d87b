"""The world behind the ports: Redis, the carrier, files, callbacks, the archive."""
