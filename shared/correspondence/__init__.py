"""Letters of the fund: what they share, whichever service writes them."""
