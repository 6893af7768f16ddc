"""The stage store: what every stage has computed, kept per shard and found again by fingerprint."""
