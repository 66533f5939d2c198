"""SQL of recovery. Every function takes the caller's connection, never commits, and is safe to call again."""
