"""What plain text files are made of, told by how they are written."""
