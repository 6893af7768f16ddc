"""What every room stands on: files, fingerprints, cores, pictures as plain pixels. Imports nothing of ours."""
