"""What billing's procedures do outside themselves: one transaction or one call each, and no law of their own."""
