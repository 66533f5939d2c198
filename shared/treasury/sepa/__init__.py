"""Files for the bank: what the fund pays, and what it collects from people who signed a mandate."""
