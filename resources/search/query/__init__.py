"""What a person asks: words, identifiers, phrases, filters and intent read out of a query."""
