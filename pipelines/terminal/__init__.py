"""What a person sees on a terminal: progress, plans, summaries, hits."""
