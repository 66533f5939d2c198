"""Billing's legal procedures."""
