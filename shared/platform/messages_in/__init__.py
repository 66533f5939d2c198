"""Facts that come in over Kafka: the inbox, letters nobody could handle, replaying, how far behind a reader is."""
