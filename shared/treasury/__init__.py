"""Files for the bank: what the fund pays and collects, approved by two people, sent, reported on or withdrawn."""
