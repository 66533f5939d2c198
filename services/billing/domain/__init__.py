"""Pure rules of billing: no clock, no input or output, no framework."""
