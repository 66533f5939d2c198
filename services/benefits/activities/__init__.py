"""What procedures of benefits do to the world: each activity is safe to run again after it was cut off anywhere."""
