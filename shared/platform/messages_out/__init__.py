"""What leaves with the transaction that decided it: facts, starts and signals, and those refused for good."""
