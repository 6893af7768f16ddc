"""One page of a PDF, of a scan or of an image, put together from its words, tables and figures."""
