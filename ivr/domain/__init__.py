"""What Honnin decides, and nothing else: no clock, no randomness, no input or output, no logging."""
