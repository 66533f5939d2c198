"""What the procedure of a recovery case does: one step, one piece of input or output, no law."""
