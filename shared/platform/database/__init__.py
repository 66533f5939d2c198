"""PostgreSQL: connections and transactions, typed rows, bulk copying, migrations, waking who waits for a row."""
