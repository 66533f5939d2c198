"""Procedures of benefits, one module each; nothing else lives here."""
