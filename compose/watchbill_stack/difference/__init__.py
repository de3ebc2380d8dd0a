"""What changed between two states of a stack, in words."""
