"""How the process itself does: event loops, thread pools, garbage collection."""
