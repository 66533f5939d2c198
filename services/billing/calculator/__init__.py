"""Contributions, surcharges and company contributions on the command line, without servers."""
