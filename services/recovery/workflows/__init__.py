"""The legal procedures of recovery."""
