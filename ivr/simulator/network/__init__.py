"""The telephone network of the stand-in: lines, far ends, documents, hooks. No HTTP server in here.

Where to begin reading: `line.py` (a call on its way), `player.py` (its documents), `callee.py` (who
is at the far end), `carrier.py` (all of it together).
"""
