"""ZIP, TAR and packed files as folders of documents: `a.zip!/b.pdf`."""
