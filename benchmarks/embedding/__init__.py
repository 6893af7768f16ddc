"""How fast and how true embedding is: ratios of one run, against textbook loops on the same machine."""
