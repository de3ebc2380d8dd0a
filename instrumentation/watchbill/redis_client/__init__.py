"""What Redis and Valkey clients do, whichever of the two libraries it is."""
