"""Caches: get-or-load, and wrappers of cache libraries."""
