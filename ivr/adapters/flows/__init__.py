"""Call flows read from their files, put together, checked and proved.

`files.py` is the way in: from a folder, or from the contents of files, to flows that are safe.
"""
