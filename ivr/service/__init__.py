"""The use cases, one verb each. They reach the world through ports.py alone."""
