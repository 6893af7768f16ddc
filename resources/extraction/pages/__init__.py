"""What lies on a page: words, objects, pictures of it, its layout and the order in which it is read."""
