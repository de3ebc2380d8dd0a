"""Asks a CDN for declared resources, and reads what its cache says."""
