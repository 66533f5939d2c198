"""Billing's letters: templates, words in three languages, and the code that puts them together."""
