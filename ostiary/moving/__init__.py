"""Moving in: people who are known elsewhere, in folders, in pickles or to a CompreFace, become known here."""
