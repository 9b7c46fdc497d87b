"""Honnin asks the depositor himself, on the telephone number that his bank has registered.

Knows: its own version, which pyproject.toml reads from here.
Does not know: anything else; the rooms of this package do not reach each other through it.
"""

__version__ = "0.1.0"
