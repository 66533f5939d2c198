"""What is seen of a running service without a name or a number of anybody: logs, metrics, traces."""
