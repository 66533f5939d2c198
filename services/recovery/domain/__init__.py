"""Rules of recovery: pure functions over dates and facts."""
