"""Who is known: the gallery on disk, its snapshot in memory, the match."""
