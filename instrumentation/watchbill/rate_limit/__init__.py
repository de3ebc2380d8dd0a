"""Rate limits: what they decide, whoever decides it."""
