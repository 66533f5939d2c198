"""SQL and outbox of billing. Functions take the caller's connection first, and never commit."""
