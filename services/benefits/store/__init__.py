"""SQL of benefits: every function takes the caller's connection and never commits."""
