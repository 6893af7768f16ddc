"""What `codices doctor` looks at: whether this machine and this home have what a run needs."""
