"""The stand-in: a telephone network that behaves like the carrier, a sample bank and their pages.

Speaks only HTTP. Imports nothing from the rest of `ivr`, and nothing of the rest imports it.
"""
