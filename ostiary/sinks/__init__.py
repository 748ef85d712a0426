"""Who is told of a decision: the stream, the webhook."""
