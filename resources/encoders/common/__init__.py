"""What encoders are made of that needs no model: their interface, names, digests, tokenizers and sizes."""
