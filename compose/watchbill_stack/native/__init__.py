"""The stack run natively: real servers as child processes, on loopback, without containers."""
