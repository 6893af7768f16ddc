"""What people are told: plan, status, freshness, one file looked at."""
