"""Calling another service or a partner: tokens, who is trusted, the shapes of answers, one rule for silence."""
