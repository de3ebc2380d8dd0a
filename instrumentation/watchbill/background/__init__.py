"""Background tasks: after a response, spawned, or declared by a decorator."""
