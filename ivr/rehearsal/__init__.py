"""Call flows tried out without a telephone: played, heard and drawn by those who write them."""
