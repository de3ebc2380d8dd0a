"""The reference backends: small services that really do the work their metrics are about."""
