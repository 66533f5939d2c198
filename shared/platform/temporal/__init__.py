"""Procedures: connecting, their calendar, what they carry encrypted, schedules, starts kept in a transaction."""
